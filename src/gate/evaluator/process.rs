//! Evaluates in a process of the command: starts it, sends the request, and reads the answers within limits.
//!
//! The first process evaluates several policies at once. If it ends before all answers are there, nothing tells which
//! policy ended it, so those without an answer are evaluated one after the other: a process that then ends, or is ended,
//! before it answered for a policy has no result for that policy, and the policies after it get a new process.

use std::num::NonZero;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use serde_json::value::{RawValue, to_raw_value};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use super::super::limits::{EVALUATION_MESSAGES, EVALUATION_STACK, EVALUATION_THREADS};
use super::budget::Budget;
use super::child::ARGUMENT;
use super::message::{Answer, Request, SentPolicy};
use crate::diagnostic::IoCause;
use crate::limits::{Exceeded, Limits};
use crate::policy::facts::ImageFacts;
use crate::policy::rego::{Evaluation, RegoPolicy, Settings, Stopped};

/// Evaluates each policy. Returns one result for each, in their order.
pub(super) async fn evaluate(
    program: &Path,
    policies: &[Arc<RegoPolicy>],
    facts: &ImageFacts,
    settings: &Settings,
    limits: &Limits,
) -> Vec<Result<Evaluation, Stopped>> {
    let budget = Budget::new(limits);
    let facts = match sent_facts(facts, limits) {
        Ok(facts) => facts,
        Err(stopped) => return policies.iter().map(|_| Err(stopped.clone())).collect(),
    };
    let mut results = Vec::new();
    let sent = Sent { program, facts: &facts, settings, limits, budget: &budget };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(EVALUATION_THREADS);
    if threads > 1 && policies.len() > 1 && !budget.is_spent() {
        match sent.communicate(policies, threads, &mut results).await {
            Ok(()) | Err(Unanswered::Ended(_)) => {}
            Err(Unanswered::Stopped(stopped)) => results.push(Err(stopped)),
        }
    }
    while let Some(rest) = policies.get(results.len()..).filter(|rest| !rest.is_empty()) {
        if budget.is_spent() {
            results.extend(rest.iter().map(|_| Err(budget.exceeded())));
            break;
        }
        // Each process gives at least one result.
        results.extend(sent.evaluate_in_one(rest).await);
    }
    results
}

fn sent_facts(facts: &ImageFacts, limits: &Limits) -> Result<Box<RawValue>, Stopped> {
    let facts = to_raw_value(facts).map_err(|error| Stopped::Process(error.to_string()))?;
    let length = facts.get().len();
    if u64::try_from(length).is_ok_and(|length| length > limits.policy_facts) {
        let measured = format!("facts of {length} bytes about the image");
        return Err(Stopped::Limit(Exceeded::new(measured, limits.policy_facts, "bytes")));
    }
    Ok(facts)
}

/// What every process gets, and its bounds.
struct Sent<'a> {
    program: &'a Path,
    facts: &'a RawValue,
    settings: &'a Settings,
    limits: &'a Limits,
    budget: &'a Budget,
}

/// Why a process has not answered for all policies.
enum Unanswered {
    /// The first policy without an answer was stopped.
    Stopped(Stopped),
    /// The process ended.
    Ended(Stopped),
}

impl Sent<'_> {
    /// Evaluates policies in one process, one after the other, until one of them has no result. That one is the last
    /// result.
    async fn evaluate_in_one(&self, policies: &[Arc<RegoPolicy>]) -> Vec<Result<Evaluation, Stopped>> {
        let mut results = Vec::new();
        match self.communicate(policies, 1, &mut results).await {
            Ok(()) => {}
            Err(Unanswered::Stopped(stopped) | Unanswered::Ended(stopped)) => results.push(Err(stopped)),
        }
        results
    }

    async fn communicate(
        &self,
        policies: &[Arc<RegoPolicy>],
        threads: usize,
        results: &mut Vec<Result<Evaluation, Stopped>>,
    ) -> Result<(), Unanswered> {
        let Self { program, settings, limits, budget, .. } = *self;
        let request = Request {
            version: env!("CARGO_PKG_VERSION").into(),
            policies: policies.iter().map(|policy| SentPolicy::of(policy)).collect(),
            facts: self.facts,
            now: settings.now,
            prints: settings.prints,
            bindings: settings.bindings,
            result: limits.policy_result,
            threads,
        };
        let failed = |error: serde_json::Error| Unanswered::Stopped(Stopped::Process(error.to_string()));
        let request = serde_json::to_vec(&request).map_err(failed)?;
        let child = start(program, policies.len(), request.len(), limits);
        let mut child = child.map_err(Unanswered::Stopped)?;
        let messages = end_of(child.stderr.take());
        let answers = async {
            let answered = exchange(&mut child, &request, policies.len(), limits, budget, results).await;
            // Its status tells why it ended by itself.
            if matches!(answered, Err(Missing::Ended)) {
                let _ = tokio::time::timeout(limits.policy_time, child.wait()).await;
            }
            // It has nothing more to say. Its messages end with it.
            let _ = child.start_kill();
            (answered, child.wait().await)
        };
        let ((answered, status), messages) = tokio::join!(answers, messages);
        answered.map_err(|missing| match missing {
            Missing::Late => Unanswered::Stopped(budget.late()),
            Missing::Long => {
                let exceeded = Exceeded::new("the result of the policy", limits.policy_result, "bytes");
                Unanswered::Stopped(Stopped::Limit(exceeded))
            }
            Missing::Unreadable(cause) => Unanswered::Stopped(Stopped::Process(cause)),
            Missing::Ended => Unanswered::Ended(match status {
                Ok(status) => why_ended(status, &messages, limits),
                Err(error) => Stopped::Process(format!("the evaluator was lost: {}", IoCause(&error))),
            }),
        })
    }
}

/// Why an answer is missing.
enum Missing {
    /// There is none within the time.
    Late,
    /// It is too long.
    Long,
    /// It cannot be read.
    Unreadable(String),
    /// The process ended.
    Ended,
}

/// Starts the process.
fn start(program: &Path, policies: usize, request: usize, limits: &Limits) -> Result<Child, Stopped> {
    // The timer of this process decides, and the other one ends with this one. This limit holds without both.
    let policies = u64::try_from(policies).unwrap_or(u64::MAX);
    let each = limits.policy_time.as_secs().saturating_add(1).saturating_mul(policies);
    let seconds = each.min(limits.policies_time.as_secs().saturating_add(1));
    Command::new(program)
        .arg(ARGUMENT)
        .args([limits.policy_memory.to_string(), seconds.to_string(), request.to_string()])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Stopped::Process(format!("the evaluator cannot be started: {}", IoCause(&error))))
}

/// Sends the request and reads the answers.
async fn exchange(
    child: &mut Child,
    request: &[u8],
    expected: usize,
    limits: &Limits,
    budget: &Budget,
    results: &mut Vec<Result<Evaluation, Stopped>>,
) -> Result<(), Missing> {
    // The input stays open until all answers are there: the process ends when it is closed.
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(Missing::Ended);
    };
    let mut output = BufReader::new(output);
    for number in 0..expected {
        let answer = async {
            if number == 0 {
                // A process that ended takes no input. Its missing answer is what counts.
                let _ = input.write_all(request).await;
            }
            next_line(&mut output, limits.policy_result).await
        };
        let line = tokio::time::timeout(budget.of_one(), answer).await.map_err(|_| Missing::Late)??;
        let answer: Answer =
            serde_json::from_slice(&line).map_err(|error| Missing::Unreadable(error.to_string()))?;
        results.push(answer.into());
    }
    Ok(())
}

/// The next whole line.
async fn next_line(
    output: &mut (impl tokio::io::AsyncBufRead + Unpin),
    limit: u64,
) -> Result<Vec<u8>, Missing> {
    let mut line = Vec::new();
    // The line break counts too.
    let mut bounded = output.take(limit.saturating_add(2));
    let read = bounded.read_until(b'\n', &mut line).await;
    match line.last() {
        _ if read.is_err() => Err(Missing::Ended),
        Some(b'\n') => Ok(line),
        Some(_) if bounded.limit() == 0 => Err(Missing::Long),
        _ => Err(Missing::Ended),
    }
}

/// Why a process ended without an answer.
///
/// With its limits, safe code is ended by a signal only if it reaches one of them. Which one it was is told as well as
/// its messages tell it; the outcome is the same.
fn why_ended(status: ExitStatus, messages: &[u8], limits: &Limits) -> Stopped {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        use rustix::process::Signal;

        let says = |text: &[u8]| messages.windows(text.len()).any(|part| part == text);
        let memory = || Exceeded::new("the memory of the evaluation", limits.policy_memory, "bytes");
        let depth = || Exceeded::new("the depth of the evaluation", EVALUATION_STACK, "bytes of stack");
        let exceeded = match Signal::from_named_raw(signal) {
            Some(Signal::XCPU) => {
                Exceeded::new("the processor time of the evaluation", limits.policy_time.as_secs(), "s")
            }
            Some(Signal::ABORT | Signal::SEGV | Signal::BUS) if says(b"overflowed its stack") => depth(),
            // The system kills processes that take its memory.
            Some(Signal::KILL | Signal::ABORT | Signal::SEGV | Signal::BUS) => memory(),
            _ => return Stopped::Process(format!("the evaluator was ended by the signal {signal}")),
        };
        return Stopped::Limit(exceeded);
    }
    let _ = (messages, limits);
    Stopped::Process(match status.code() {
        Some(code) => format!("the evaluator ended without an answer, with the exit code {code}"),
        None => "the evaluator ended without an answer".to_owned(),
    })
}

/// The last bytes of the messages of the process. They are read to their end, so that it never waits for that.
async fn end_of(stream: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut end = Vec::new();
    let Some(mut stream) = stream else { return end };
    let mut buffer = vec![0; EVALUATION_MESSAGES];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        end.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let over = end.len().saturating_sub(EVALUATION_MESSAGES);
        end.drain(..over);
    }
    end
}
