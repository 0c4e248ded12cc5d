//! What must hold for any bytes that a server may send. The fuzzer checks it on its own finds, `cargo test` on the
//! corpus that is kept of them.
//!
//! In: a line of control (`H` for an answer to HEAD, then the lengths of pieces, a character each), then bytes.
//! Out: nothing; it panics at what does not hold. Opens no connection.

use loadgate::client::{Answer, Method, Response, Unreadable, Wants};

/// Checks what a target of the fuzzer checks.
pub(crate) fn check(target: &str, input: &[u8]) {
    match target {
        "answer" => any_answer(input),
        "chunked" => any_chunks(input),
        other => panic!("`{other}` is no target"),
    }
}

const ALL: Wants = Wants { head: true, body: true };
const NONE: Wants = Wants { head: false, body: false };

/// An answer as it was read to the connection's end.
#[derive(Debug, PartialEq)]
struct Played {
    response: Response,
    keeps_connection: bool,
}

/// However an answer is split, and whatever is wanted of it, it is the same answer.
fn any_answer(input: &[u8]) {
    let (control, wire) = split_control(input);
    let method = if control.first() == Some(&b'H') { Method::Head } else { Method::Get };
    let whole = play(method, ALL, wire, &[wire.len()]);
    for pieces in [lengths(control), vec![1]] {
        assert_eq!(play(method, ALL, wire, &pieces), whole, "in pieces of {pieces:?}");
    }
    if let Ok(Played { response, .. }) = &whole {
        assert!(matches!(response.status, 101 | 200..=999), "a final status");
        assert!(response.head.starts_with(b"HTTP/1."), "a head from its start");
        assert!(response.head.len() + response.body.len() <= wire.len(), "no more than was sent");
        assert!(method != Method::Head || response.body.is_empty(), "no body behind HEAD");
    }
    if whole != Err(Unreadable::TooLarge) {
        let unwanted = |played: Played| {
            let response = Response { status: played.response.status, ..Response::default() };
            Played { response, ..played }
        };
        assert_eq!(play(method, NONE, wire, &lengths(control)), whole.map(unwanted), "when nothing is wanted");
    }
}

/// Chunks are read as they were written, and what a strict reader understands is understood.
fn any_chunks(input: &[u8]) {
    let (control, bytes) = split_control(input);
    let pieces = lengths(control);
    let written = play(Method::Get, ALL, &chunked(&encode(bytes, &pieces)), &pieces).unwrap();
    assert!(written.response.body == bytes && written.keeps_connection, "chunks are read as they were written");
    if let Some((data, behind)) = decode_strictly(bytes) {
        let read = play(Method::Get, ALL, &chunked(bytes), &pieces).unwrap();
        assert_eq!(read.response.body, data);
        assert_eq!(read.keeps_connection, behind.is_empty());
    }
}

fn split_control(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|&byte| byte == b'\n').unwrap_or(input.len());
    (&input[..end], input.get(end + 1..).unwrap_or_default())
}

/// `1` is 1, `9` is 9, `A` is 17, and so on through ASCII.
fn lengths(control: &[u8]) -> Vec<usize> {
    let lengths = control.iter().skip(1).map(|byte| usize::from(byte.saturating_sub(b'0')).max(1));
    lengths.chain(control.len().le(&1).then_some(64)).collect()
}

fn play(method: Method, wants: Wants, wire: &[u8], pieces: &[usize]) -> Result<Played, Unreadable> {
    let (mut answer, mut response) = (Answer::default(), Response::default());
    answer.expect(method, wants);
    let mut rest = wire;
    for length in pieces.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at(rest.len().min(*length));
        answer.feed(piece, &mut response)?;
        rest = behind;
    }
    answer.connection_ended()?;
    Ok(Played { keeps_connection: answer.keeps_connection(), response })
}

fn chunked(body: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", body].concat()
}

/// Chunks of these lengths, in turn with everything that may stand beside their sizes.
fn encode(data: &[u8], lengths: &[usize]) -> Vec<u8> {
    let (mut wire, mut rest) = (Vec::new(), data);
    let sides = [("", "\r\n"), (";name=\"va;lue\"", "\r\n"), (" \t", "\n"), (" ; flag", "\r\n")];
    for (length, (side, line_end)) in lengths.iter().cycle().zip(sides.iter().cycle()) {
        if rest.is_empty() {
            break;
        }
        let (chunk, behind) = rest.split_at(rest.len().min(*length));
        wire.extend_from_slice(format!("{:03X}{side}{line_end}", chunk.len()).as_bytes());
        wire.extend_from_slice(chunk);
        wire.extend_from_slice(line_end.as_bytes());
        rest = behind;
    }
    wire.extend_from_slice(b"0\r\nTrailer: read\r\n\r\n");
    wire
}

/// The data of a chunked body and what is behind it, by the grammar of RFC 9112 (section 7.1) and no more.
fn decode_strictly(mut bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut data = Vec::new();
    loop {
        let digits = line(&mut bytes)?.split(|&byte| byte == b';').next()?;
        let is_size = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
        let size = is_size.then(|| usize::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()).flatten()?;
        if size == 0 {
            break;
        }
        data.extend_from_slice(bytes.get(..size)?);
        bytes = bytes[size..].strip_prefix(b"\r\n")?;
    }
    while !line(&mut bytes)?.is_empty() {}
    Some((data, bytes))
}

/// Takes a line that ends with CRLF and holds no other line end.
fn line<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    let (line, behind) = bytes.split_at(end);
    *bytes = behind.strip_prefix(b"\r\n")?;
    Some(line)
}
