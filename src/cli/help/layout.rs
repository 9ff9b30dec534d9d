//! The layout of help: examples first. `-h` is one screen, `--help` shows all options in groups.

use clap::Command;
use clap::builder::StyledStr;

use super::pages::page;

/// What `--help` prints.
const LAYOUT: &str = "{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}{all-args}{after-help}";

/// What `-h` prints for a command with many options.
const SHORT_LAYOUT: &str =
    "{about-with-newline}{usage-heading} {usage}\n\n{before-help}Options:\n{options}{after-help}";

/// What `-h` prints for a command that has commands.
const SHORT_LAYOUT_OF_GROUP: &str =
    "{about-with-newline}{usage-heading} {usage}\n\n{before-help}Commands:\n{subcommands}{after-help}";

/// Sets layout and examples of a command and all commands below it.
pub(in crate::cli) fn with_layout(command: Command) -> Command {
    below(command, "")
}

fn below(command: Command, path: &str) -> Command {
    let examples = page(path).map(|page| page.examples).unwrap_or_default();
    let lines: Vec<String> = examples.iter().map(|line| format!("\n  {line}")).collect();
    let command = command.help_template(LAYOUT).before_help(format!("Examples:{}", lines.concat()));
    command.mut_subcommands(|inner| {
        let path = format!("{path} {}", inner.get_name());
        below(inner, path.trim_start())
    })
}

/// The short help of a built command.
pub(in crate::cli) fn short_help(command: &Command, path: &str) -> StyledStr {
    let typed = format!("dhi {path}");
    if command.has_subcommands() {
        let more = format!("`{} COMMAND -h` shows examples and options", typed.trim_end());
        return command.clone().help_template(SHORT_LAYOUT_OF_GROUP).after_help(more).render_help();
    }
    let listed = page(path).map(|page| page.short).unwrap_or_default();
    if listed.is_empty() {
        return command.clone().render_help();
    }
    let more = format!("`{typed} --help` lists all options, `dhi help exit-codes` the exit codes");
    let short = command.clone().help_template(SHORT_LAYOUT).after_help(more).mut_args(|arg| {
        let position = listed.iter().position(|name| arg.get_long() == Some(*name));
        let is_hidden = position.is_none() && !arg.is_positional();
        let arg = arg.hide(is_hidden).display_order(position.unwrap_or_default());
        // Optional parts of a value are for the long help.
        let names = arg.get_value_names().unwrap_or_default();
        let names: Vec<String> = names.iter().map(|name| without_brackets(name)).collect();
        let arg = if names.is_empty() { arg } else { arg.value_names(names) };
        arg.help_heading(None::<&str>).hide_possible_values(true).hide_default_value(true).hide_env(true)
    });
    { short }.render_help()
}

/// `HOST[:PORT]` as `HOST`.
fn without_brackets(name: &str) -> String {
    let parts = name.split('[').map(|part| part.split_once(']').map_or(part, |(_, behind)| behind));
    parts.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::pages::PAGES;
    use super::*;
    use crate::cli::command_line;
    use crate::cli::shell_words::split;

    /// The paths of all commands.
    fn paths(command: &Command, path: &str) -> Vec<String> {
        let mut all = vec![path.to_owned()];
        for inner in command.get_subcommands() {
            all.extend(paths(inner, format!("{path} {}", inner.get_name()).trim_start()));
        }
        all
    }

    fn find(path: &str) -> Command {
        let mut found = command_line().term_width(80);
        found.build();
        for name in path.split_whitespace() {
            found = found.find_subcommand(name).unwrap().clone().term_width(80);
        }
        found
    }

    #[test]
    fn each_command_has_one_page_with_examples() {
        let commands: BTreeSet<String> = paths(&command_line(), "").into_iter().collect();
        let pages: BTreeSet<String> = PAGES.iter().map(|page| page.command.to_owned()).collect();
        assert_eq!(pages, commands);
        assert_eq!(pages.len(), PAGES.len());
        assert!(PAGES.iter().all(|page| !page.examples.is_empty()));
    }

    #[test]
    fn examples_are_parsed() {
        for example in PAGES.iter().flat_map(|page| page.examples) {
            let start = example.find("dhi ").unwrap();
            let line = example[start..].split([')', '|']).next().unwrap();
            let words = split(line.trim_end()).into_iter().map(|word| word.text);
            command_line().try_get_matches_from(words).unwrap_or_else(|error| panic!("{example}\n{error}"));
        }
    }

    #[test]
    fn short_help_lists_existing_options() {
        for page in PAGES {
            let command = find(page.command);
            for name in page.short {
                let known = command.get_arguments().any(|arg| arg.get_long() == Some(name));
                assert!(known, "{}: --{name}", page.command);
            }
        }
    }

    #[test]
    fn short_help_fits_a_screen_with_examples_first() {
        for page in PAGES {
            let text = short_help(&find(page.command), page.command).to_string();
            let lines: Vec<&str> = text.lines().collect();
            // The list of all commands alone is longer than a small terminal.
            let most = if page.command.is_empty() { 40 } else { 24 };
            assert!(lines.len() <= most, "{} lines\n{text}", lines.len());
            // The parser does not break the line of the usage.
            let mut broken = lines.iter().filter(|line| !line.starts_with("Usage: "));
            assert!(broken.all(|line| line.chars().count() <= 80), "{text}");
            assert!(lines.iter().position(|line| *line == "Examples:") <= Some(4), "{text}");
        }
    }

    /// A line of a text that ends within a sentence would be broken again at the width of the terminal.
    #[test]
    fn long_texts_are_wrapped_once() {
        for page in PAGES {
            let command = find(page.command);
            let texts = [command.get_after_long_help(), command.get_after_help(), command.get_long_about()];
            for text in texts.into_iter().flatten().map(ToString::to_string) {
                for pair in text.lines().collect::<Vec<_>>().windows(2) {
                    let is_list = pair.iter().any(|line| line.is_empty() || line.starts_with(' '));
                    assert!(is_list || pair[0].ends_with(['.', ':']), "{}: {}", page.command, pair[0]);
                }
            }
        }
    }

    #[test]
    fn long_help_fits_100_columns_with_examples_first() {
        for page in PAGES {
            let text = find(page.command).term_width(100).render_long_help().to_string();
            let wide = text.lines().find(|line| line.chars().count() > 100);
            assert_eq!(wide, None, "{}", page.command);
            assert!(text.lines().position(|line| line == "Examples:") <= Some(6), "{text}");
        }
    }
}
