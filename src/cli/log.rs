//! Log lines of the library on standard error: requests with `-v`, more with `-vv` or `DHI_LOG`.
//!
//! Only events of this program are shown: events of other crates could contain secrets.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use super::printer::Printer;
use crate::diagnostic::{Code, Diagnostic, Remedy};

/// The variable that enables events in addition to `-v`.
const VARIABLE: &str = "DHI_LOG";
/// The target of all events of this program.
const PROGRAM: &str = "dhi";

/// Starts logging. If nothing is enabled, no subscriber is installed and no event is built.
///
/// # Errors
///
/// `usage/arguments` if `DHI_LOG` is not a list of directives for this program.
pub(super) fn start(verbose: u8, printer: &Printer) -> Result<(), Diagnostic> {
    let named = match std::env::var_os(VARIABLE) {
        Some(text) if !text.is_empty() => directives(&text.to_string_lossy())?,
        _ => Targets::new(),
    };
    let level = match verbose {
        0 if named.iter().all(|(_, level)| level == LevelFilter::OFF) => return Ok(()),
        0 => LevelFilter::OFF,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let wanted = named.or(Targets::new().with_target(PROGRAM, level));
    let lines = Lines(printer.log()).with_filter(wanted);
    // A subscriber that a host program has installed stays.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines));
    Ok(())
}

/// Parses directives such as `debug` or `dhi::http=info,dhi::cache=debug`.
fn directives(text: &str) -> Result<Targets, Diagnostic> {
    let wrong = |cause: String| {
        Diagnostic::new(Code::USAGE_ARGUMENTS, format!("`{VARIABLE}` cannot be used: {cause}"))
            .remedy(Remedy::WriteLogDirectives)
    };
    let targets: Targets = text.parse().map_err(|_| wrong("it is not a list of directives".to_owned()))?;
    let mut targets_of_program = Targets::new();
    if let Some(level) = targets.default_level() {
        targets_of_program = targets_of_program.with_target(PROGRAM, level);
    }
    for (target, level) in &targets {
        let is_of_program =
            target.strip_prefix(PROGRAM).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
        if !is_of_program {
            return Err(wrong(format!(
                "`{target}` is neither a level nor `{PROGRAM}` nor a target below it"
            )));
        }
        targets_of_program = targets_of_program.with_target(target, level);
    }
    Ok(targets_of_program)
}

/// Prints a line for each event.
struct Lines<P>(P);

impl<S: Subscriber, P: Fn(&str) + 'static> Layer<S> for Lines<P> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        (self.0)(&fields.line(event.metadata().level(), event.metadata().target()));
    }
}

/// The fields of one event, in their order.
#[derive(Default)]
struct Fields(Vec<(&'static str, String)>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.to_owned()));
    }
}

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str())
    }

    /// The event as a line: a request in one phrase, other events as message and fields. Events that only `-vv` shows
    /// begin with their target.
    fn line(&self, level: &Level, target: &str) -> String {
        if let Some(request) = self.request() {
            return request;
        }
        let mut line = if *level > Level::INFO { format!("{target}: ") } else { String::new() };
        line.push_str(self.get("message").unwrap_or_default());
        for (name, value) in self.0.iter().filter(|(name, _)| *name != "message") {
            line.push_str(&format!(" {name}={value}"));
        }
        line
    }

    /// An HTTP request and its result.
    fn request(&self) -> Option<String> {
        let (method, url, ms) = (self.get("method")?, self.get("url")?, self.get("ms")?);
        let attempt = match self.get("attempt") {
            None | Some("1") => String::new(),
            Some(attempt) => format!(", attempt {attempt}"),
        };
        Some(match (self.get("status"), self.get("bytes"), self.get("cause")) {
            (Some(status), Some(bytes), _) => {
                format!("{method} {url} {status}, {ms} ms, {bytes} bytes{attempt}")
            }
            (_, _, cause) => {
                format!("{method} {url} no response, {ms} ms{attempt}: {}", cause.unwrap_or_default())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_name_only_targets_of_this_program() {
        for text in
            ["debug", "DEBUG", "dhi", "dhi=trace", "dhi::http=info,dhi::cache=off", "info,dhi::http=debug"]
        {
            assert!(directives(text).is_ok(), "{text}");
        }
        for text in
            ["verbose", "dhi=loud", "h2=trace", "dhiary=debug", "dhi::http=debug,reqwest", "=", "a=b=c"]
        {
            let diagnostic = directives(text).unwrap_err();
            assert_eq!(diagnostic.code, Code::USAGE_ARGUMENTS, "{text}");
            assert!(diagnostic.message.contains("DHI_LOG"), "{}", diagnostic.message);
        }
        let all = directives("debug").unwrap();
        assert!(all.would_enable("dhi::http", &Level::DEBUG) && !all.would_enable("h2", &Level::ERROR));
    }

    #[test]
    fn requests_are_phrases_and_other_events_have_fields() {
        let fields = |fields: &[(&'static str, &str)]| {
            Fields(fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
        };
        let head = [("method", "GET"), ("url", "https://x/"), ("ms", "7")];
        let good = fields(&[&head[..], &[("status", "200"), ("bytes", "5"), ("attempt", "1")]].concat());
        assert_eq!(good.line(&Level::INFO, "dhi::http"), "GET https://x/ 200, 7 ms, 5 bytes");
        let bad = fields(&[&head[..], &[("attempt", "2"), ("cause", "refused")]].concat());
        assert_eq!(
            bad.line(&Level::INFO, "dhi::http"),
            "GET https://x/ no response, 7 ms, attempt 2: refused"
        );
        let other = fields(&[("message", "kept"), ("what", "tag")]);
        assert_eq!(other.line(&Level::DEBUG, "dhi::cache"), "dhi::cache: kept what=tag");
        assert_eq!(other.line(&Level::INFO, "dhi::mirror"), "kept what=tag");
    }
}
