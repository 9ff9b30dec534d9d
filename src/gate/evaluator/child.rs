//! The evaluator process: it limits itself, reads a request, and writes an answer for each policy.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::iter::Enumerate;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::vec::IntoIter;

use super::super::limits::{EVALUATION_REQUEST, EVALUATION_STACK};
use super::message::{Answer, Request, SentPolicy};
use super::resources;
use crate::limits::{Exceeded, read_whole};
use crate::oci::limits::JSON_DEPTH;
use crate::policy::rego::{Evaluation, ImageValues, Settings, evaluate};
use crate::registry::mutex::lock;

/// The first argument that makes the command an evaluator. The arguments after it are its memory in bytes, its
/// processor time in seconds, and the length of the request in bytes.
pub(super) const ARGUMENT: &str = "evaluate-policies";

/// The stack of the thread that waits for the end of the input. It calls nothing deep.
const WAITING_STACK: usize = 256 << 10;

/// Runs as an evaluator if the arguments of this process ask for it. The command calls it before anything else.
pub fn serve() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().filter(|first| first == ARGUMENT)?;
    let number = |text: Option<OsString>| text?.to_str()?.parse::<u64>().ok();
    let mut next = || number(arguments.next());
    let (Some(memory), Some(seconds), Some(length)) = (next(), next(), next()) else {
        return Some(ExitCode::FAILURE);
    };
    // Without its limits it evaluates nothing.
    if resources::limit(memory, seconds).is_err() {
        return Some(ExitCode::FAILURE);
    }
    // The request is read on a large stack too: it may be deep.
    let thread = std::thread::Builder::new().stack_size(EVALUATION_STACK).spawn(move || answer_all(length));
    let ended = thread.map(std::thread::JoinHandle::join);
    Some(if matches!(ended, Ok(Ok(Ok(())))) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads the request from standard input and writes the answers to standard output.
fn answer_all(length: u64) -> io::Result<()> {
    let bytes = read_whole(io::stdin().lock().take(length), EVALUATION_REQUEST).map_err(io::Error::other)?;
    end_with_parent()?;
    let request: Request<'_> = serde_json::from_slice(&bytes)?;
    let image = ImageValues::new(serde_json::from_str(request.facts.get())?);
    let settings = request.settings();
    if request.version != env!("CARGO_PKG_VERSION") {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let (threads, result) = (request.threads.min(request.policies.len()), request.result);
    let answers = Answers::new(request.policies);
    let work = || {
        while let Some((at, policy)) = answers.next() {
            answers.put(at, line(&answer(policy, &image, &settings), result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            // Without another thread, this one evaluates all.
            let _ = std::thread::Builder::new().stack_size(EVALUATION_STACK).spawn_scoped(scope, work);
        }
        work();
    });
    answers.written()
}

/// The policies that are left, and the answers that wait for those before them.
struct Answers<'a> {
    policies: Mutex<Enumerate<IntoIter<SentPolicy<'a>>>>,
    lines: Mutex<Lines>,
}

struct Lines {
    /// The number of answers that are written.
    written: usize,
    waiting: BTreeMap<usize, io::Result<Vec<u8>>>,
    /// Why no more are written.
    failed: io::Result<()>,
}

impl<'a> Answers<'a> {
    fn new(policies: Vec<SentPolicy<'a>>) -> Self {
        let lines = Lines { written: 0, waiting: BTreeMap::new(), failed: Ok(()) };
        Self { policies: Mutex::new(policies.into_iter().enumerate()), lines: Mutex::new(lines) }
    }

    /// The next policy, with its position.
    fn next(&self) -> Option<(usize, SentPolicy<'a>)> {
        lock(&self.policies).next()
    }

    /// Writes the answer, and those that waited for it.
    fn put(&self, at: usize, line: io::Result<Vec<u8>>) {
        let mut lines = lock(&self.lines);
        lines.waiting.insert(at, line);
        while lines.failed.is_ok() {
            let next = lines.written;
            let Some(line) = lines.waiting.remove(&next) else { break };
            lines.failed = line.and_then(|line| write(&line));
            lines.written += 1;
        }
    }

    fn written(self) -> io::Result<()> {
        self.lines.into_inner().unwrap_or_else(PoisonError::into_inner).failed
    }
}

fn write(line: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(line)?;
    output.flush()
}

/// Ends this process when its standard input ends: the program that started it holds the other end until it has all
/// answers. So no evaluation outlives that program, however it ends.
#[allow(clippy::exit, reason = "the other thread may not end")]
fn end_with_parent() -> io::Result<()> {
    let wait = || {
        // Nothing follows the request. An input that cannot be read has ended too.
        let _ = io::copy(&mut io::stdin().lock().take(1), &mut io::sink());
        std::process::exit(1)
    };
    std::thread::Builder::new().stack_size(WAITING_STACK).spawn(wait).map(drop)
}

fn answer(policy: SentPolicy<'_>, image: &ImageValues, settings: &Settings) -> Answer {
    let policy = match policy.read() {
        Ok(Some(policy)) => policy,
        Ok(None) => return Answer::Failed("the policy did not arrive whole".to_owned()),
        Err(error) => return Answer::Failed(error.to_string()),
    };
    // A panic of the engine is no result of the next policy.
    match catch_unwind(AssertUnwindSafe(|| evaluate(&policy, image, settings))) {
        Ok(evaluation) if is_deep(&evaluation) => {
            Exceeded::new("a deeper nested result", JSON_DEPTH, "levels").into()
        }
        Ok(evaluation) => Answer::Evaluated(Box::new(evaluation)),
        Err(_) => Answer::Failed("the engine failed".to_owned()),
    }
}

/// Whether the result is nested too deeply to be read.
fn is_deep(evaluation: &Evaluation) -> bool {
    let mut values = vec![(&evaluation.bindings, 0)];
    while let Some((value, depth)) = values.pop() {
        if depth > JSON_DEPTH {
            return true;
        }
        match value {
            serde_json::Value::Array(items) => values.extend(items.iter().map(|item| (item, depth + 1))),
            serde_json::Value::Object(items) => values.extend(items.values().map(|item| (item, depth + 1))),
            _ => {}
        }
    }
    false
}

/// The line of an answer.
fn line(answer: &Answer, limit: u64) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(answer)?;
    let is_over = u64::try_from(line.len()).is_ok_and(|length| length > limit);
    if is_over {
        let measured = format!("a result of {} bytes", line.len());
        line = serde_json::to_vec(&Answer::from(Exceeded::new(measured, limit, "bytes")))?;
    }
    line.push(b'\n');
    Ok(line)
}
