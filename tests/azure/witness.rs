//! Somebody on the road to the emulator who writes down each call and the status of its answer, and changes nothing.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// A call that went by.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    /// Without the query, in lower case.
    pub path: String,
    pub correlation_id: String,
    pub request_id: String,
    /// `None` when no answer came back.
    pub status: Option<u16>,
}

/// A road of its own to one emulator.
pub struct Witness {
    pub url: String,
    seen: Arc<Mutex<Vec<Call>>>,
}

impl Witness {
    /// Stands before the server at `address`.
    pub async fn before(address: std::net::SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(address).await else {
                    continue;
                };
                let kept = Arc::clone(&kept);
                tokio::spawn(pass(client, server, kept));
            }
        });
        Self { url, seen }
    }

    /// Everything that went by, in order.
    pub fn seen(&self) -> Vec<Call> {
        self.seen.lock().unwrap().clone()
    }
}

/// Both directions of one connection, until either side ends it.
async fn pass(client: TcpStream, server: TcpStream, seen: Arc<Mutex<Vec<Call>>>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // The place in `seen` of the call that waits for its answer: one at a time on a connection of HTTP/1.1.
    let waiting = Mutex::new(None);
    tokio::select! {
        () = requests(from_client, to_server, &seen, &waiting) => {}
        () = answers(from_server, to_client, &seen, &waiting) => {}
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    seen: &Mutex<Vec<Call>>,
    waiting: &Mutex<Option<usize>>,
) {
    let (mut held, mut body) = (Vec::new(), 0);
    let mut chunk = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        held.extend_from_slice(&chunk[..count]);
        // Noted before it is passed on, so that no answer can come first.
        loop {
            let skipped = body.min(held.len());
            held.drain(..skipped);
            body -= skipped;
            let Some(end) = held.windows(4).position(|four| four == b"\r\n\r\n") else {
                break;
            };
            let (call, length) = read(&String::from_utf8_lossy(&held[..end]));
            held.drain(..end + 4);
            body = length;
            let mut seen = seen.lock().unwrap();
            *waiting.lock().unwrap() = Some(seen.len());
            seen.push(call);
        }
        if to.write_all(&chunk[..count]).await.is_err() {
            return;
        }
    }
}

/// The call that the head of a request makes, and the length of its body.
fn read(head: &str) -> (Call, usize) {
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let mut word = || words.next().unwrap_or_default();
    let (method, target) = (word().to_owned(), word());
    let path = target.split('?').next().unwrap_or_default().to_lowercase();
    let header = |name: &str| {
        let found = lines.clone().filter_map(|line| line.split_once(':'));
        let mut found = found.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found
            .next()
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let call = Call {
        method,
        path,
        correlation_id: header("x-ms-correlation-request-id"),
        request_id: header("x-ms-client-request-id"),
        status: None,
    };
    (call, header("content-length").parse().unwrap_or(0))
}

async fn answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    seen: &Mutex<Vec<Call>>,
    waiting: &Mutex<Option<usize>>,
) {
    let mut chunk = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        let status = std::str::from_utf8(&chunk[..count.min(12)]).ok();
        let status = status.and_then(|line| line.strip_prefix("HTTP/1.1 ")?.parse().ok());
        if status.is_some()
            && let Some(index) = waiting.lock().unwrap().take()
        {
            seen.lock().unwrap()[index].status = status;
        }
        if to.write_all(&chunk[..count]).await.is_err() {
            return;
        }
    }
}
