//! A server of one closure: it sees each request and says what to answer, or to cut the connection.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use landfall::azure::groups::GroupScope;
use landfall::azure::{Client, Endpoint, Rhythm, Tokens};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A token that must never be seen anywhere.
pub const CANARY: &str = "canary-token-5f0c";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// With the query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }
}

/// What to answer.
#[derive(Clone, Debug)]
pub enum Reply {
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Close without a word.
    Cut,
    /// Promise the whole body, send half of it.
    CutInBody(String),
}

/// A JSON answer.
pub fn json(status: u16, body: &Value) -> Reply {
    Reply::Answer(status, Vec::new(), body.to_string())
}

/// An error in Azure's envelope.
pub fn refusal(status: u16, code: &str, message: &str) -> Reply {
    json(
        status,
        &serde_json::json!({"error": {"code": code, "message": message}}),
    )
}

pub struct Stub {
    pub url: String,
    pub seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stub {
    /// Answers with `reply`, which is told the number of the request (from 1) and the request.
    pub async fn start(reply: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> Self {
        logged();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (kept, reply) = (seen.clone(), Arc::new(reply));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, reply) = (kept.clone(), reply.clone());
                tokio::spawn(async move { serve(stream, &kept, &*reply).await });
            }
        });
        Self { url, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The methods of what was seen, in order.
    pub fn methods(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.method).collect()
    }

    pub fn client(&self) -> Client {
        self.client_with(Tokens::fixed(CANARY.into()))
    }

    pub fn client_with(&self, tokens: Tokens) -> Client {
        let quick = Rhythm {
            first_wait: Duration::from_millis(5),
            longest_wait: Duration::from_millis(20),
            patience: Duration::from_secs(2),
            poll: (Duration::from_millis(5), Duration::from_millis(20)),
        };
        Client::new(Endpoint::at(&self.url).unwrap(), tokens)
            .unwrap()
            .with_rhythm(quick)
    }
}

pub fn scope() -> GroupScope {
    GroupScope {
        subscription: "00000000-0000-0000-0000-000000000001".into(),
        group: "rg".into(),
    }
}

/// Everything that this process has logged since this was first called, at the finest level.
pub fn logged() -> String {
    static LOG: OnceLock<Log> = OnceLock::new();
    let log = LOG.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .init();
        log
    });
    String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned()
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The whole chain of an error, as a person and as a debugger would see it.
pub fn everything(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = format!("{error:?}");
    let mut next = Some(error);
    while let Some(error) = next {
        let _ = write!(text, "\n{error}");
        next = error.source();
    }
    text
}

async fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<Seen>>,
    reply: &(dyn Fn(usize, &Seen) -> Reply + Sync),
) {
    let Some(request) = read(&mut stream).await else {
        return;
    };
    let number = {
        let mut all = seen.lock().unwrap();
        all.push(request.clone());
        all.len()
    };
    let (text, body) = match reply(number, &request) {
        Reply::Cut => return,
        Reply::CutInBody(body) => {
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            (head, body[..body.len() / 2].to_owned())
        }
        Reply::Answer(status, headers, body) => {
            let headers = headers.iter().fold(String::new(), |mut text, (name, value)| {
                let _ = write!(text, "{name}: {value}\r\n");
                text
            });
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
            );
            (head, body)
        }
    };
    let _ = stream.write_all(format!("{text}{body}").as_bytes()).await;
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut buffer = [0_u8; 8192];
    let (head, start) = loop {
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break (String::from_utf8_lossy(&bytes[..end]).into_owned(), end + 4);
        }
    };
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let header = |line: &str| {
        line.split_once(": ")
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
    };
    let headers: Vec<_> = lines.filter_map(header).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    while bytes.len() < start + length {
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
    }
    let body = serde_json::from_slice(&bytes[start..]).unwrap_or(Value::Null);
    Some(Seen {
        method,
        path,
        headers,
        body,
    })
}
