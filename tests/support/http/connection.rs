//! HTTP/1.1 with keep-alive, as far as the tests need it.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use super::{Body, Connection, Reply, Request, Shared};

const TIMEOUT: Duration = Duration::from_secs(20);

/// Answers the requests of one connection until either side closes it.
pub(super) fn serve<C: Connection>(mut stream: C, shared: &Shared) {
    stream.set_timeouts(TIMEOUT, TIMEOUT).unwrap();
    let mut reader = BufReader::new(stream.duplicate().unwrap());
    while let Some(mut request) = read(&mut reader) {
        if shared.has_stopped() {
            return;
        }
        let reply = (shared.answer)(&request);
        std::thread::sleep(reply.delay);
        request.status = reply.status;
        // This is before the client can see any of the answer, so its next request starts later.
        request.end = Instant::now();
        let is_head = request.method == "HEAD";
        shared.log.push(request);
        if !write(&mut stream, &reply, is_head, shared) {
            stream.close();
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut request = Request { method, ..Request::get(target) };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = request.header("content-length").map(|value| value.parse().unwrap());
    let mut body = vec![0; length.unwrap_or_default()];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    request.bytes = body;
    Some(request)
}

/// Returns whether the connection can be used again.
fn write<C: Connection>(stream: &mut C, reply: &Reply, is_head: bool, shared: &Shared) -> bool {
    let mut head = format!("HTTP/1.1 {} Test\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match &reply.body {
        Body::Cut => return false,
        Body::Silent => {
            wait_for_close(stream, shared);
            return false;
        }
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
        Body::Cut | Body::Silent | Body::Raw(_) => false,
        Body::Bytes(bytes) => {
            out.extend_from_slice(bytes);
            stream.write_all(&out).is_ok() && !reply.closes()
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

/// Sends nothing until the client closes the connection or the server stops.
fn wait_for_close<C: Connection>(stream: &mut C, shared: &Shared) {
    stream.set_timeouts(Duration::from_millis(50), TIMEOUT).unwrap();
    loop {
        match stream.read(&mut [0]) {
            Ok(0) => return,
            Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return,
            _ if shared.has_stopped() => return,
            _ => {}
        }
    }
}
