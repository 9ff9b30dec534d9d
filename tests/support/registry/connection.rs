//! HTTP/1.1 with keep-alive, as much of it as a test needs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::reply::{Body, Reply};
use super::{LoggedRequest, Settings, State, content};

/// Answers the requests of one connection until either side closes it.
pub(super) fn serve(mut stream: TcpStream, state: &State) {
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(mut request) = read(&mut reader) {
        if state.stop.load(Ordering::SeqCst) {
            return;
        }
        let mut reply = choose(&request, state);
        let Settings { latency, headers, .. } = state.settings.lock().unwrap().clone();
        reply.headers.extend(headers);
        state.rounds.hold();
        std::thread::sleep(latency + reply.delay);
        request.status = reply.status;
        // Before the client can see anything of it: what it asks next starts later.
        request.end = Instant::now();
        let is_head = request.method == "HEAD";
        state.log.lock().unwrap().push(request);
        if !write(&mut stream, &reply, is_head) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<LoggedRequest> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let start = Instant::now();
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.parse().unwrap());
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).unwrap();
    Some(LoggedRequest { method, target, headers, body, status: 0, start, end: start })
}

fn choose(request: &LoggedRequest, state: &State) -> Reply {
    let path = request.target.split('?').next().unwrap_or_default();
    if path == "/token" {
        if let Some(reply) = state.scripted(request) {
            return reply;
        }
        let tokens = state.tokens.lock().unwrap().clone();
        return tokens.map_or_else(|| Reply::new(404, ""), |tokens| tokens.answer(request));
    }
    let settings = state.settings.lock().unwrap().clone();
    if let Some(challenge) = &settings.challenge
        && let Some((repository, ..)) = content::split(path)
        && let Some(refusal) = challenge.refuses(request, repository)
    {
        return refusal;
    }
    match state.scripted(request) {
        Some(reply) => reply,
        None => state.content.lock().unwrap().answer(request, &settings),
    }
}

/// Whether the connection can be used again.
fn write(stream: &mut TcpStream, reply: &Reply, is_head: bool) -> bool {
    let mut head = format!("HTTP/1.1 {} Scripted\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match &reply.body {
        Body::Cut => return false,
        Body::Raw(bytes) => {
            let _ = stream.write_all(bytes);
            return false;
        }
        Body::Bytes(bytes) | Body::Paced(bytes, ..) => {
            head.push_str(&format!("Content-Length: {}\r\n", bytes.len()));
        }
        Body::Lying(length, _) => head.push_str(&format!("Content-Length: {length}\r\n")),
        Body::Chunked(_) | Body::Endless | Body::Dripping(_) => {
            head.push_str("Transfer-Encoding: chunked\r\n");
        }
    }
    head.push_str("\r\n");
    let mut out = head.into_bytes();
    if is_head {
        return stream.write_all(&out).is_ok();
    }
    match &reply.body {
        Body::Cut | Body::Raw(_) => false,
        Body::Bytes(bytes) => {
            out.extend_from_slice(bytes);
            stream.write_all(&out).is_ok()
        }
        Body::Lying(_, bytes) => {
            out.extend_from_slice(bytes);
            let _ = stream.write_all(&out);
            false
        }
        Body::Chunked(bytes) => {
            for chunk in bytes.chunks(1000) {
                out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                out.extend_from_slice(chunk);
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(b"0\r\n\r\n");
            stream.write_all(&out).is_ok()
        }
        Body::Dripping(pause) => {
            let mut good = stream.write_all(&out).is_ok();
            while good {
                std::thread::sleep(*pause);
                good = stream.write_all(b"1\r\n \r\n").is_ok();
            }
            false
        }
        Body::Paced(bytes, size, pause) => {
            let mut good = stream.write_all(&out).is_ok();
            for part in bytes.chunks(*size) {
                std::thread::sleep(*pause);
                good = good && stream.write_all(part).is_ok();
            }
            good
        }
        Body::Endless => {
            let _ = stream.write_all(&out);
            let chunk = [&b"10000\r\n"[..], &[b' '; 0x10000], b"\r\n"].concat();
            while stream.write_all(&chunk).is_ok() {}
            false
        }
    }
}
