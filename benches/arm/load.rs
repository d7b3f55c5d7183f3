//! Requests a second that the emulator answers, in a process of its own, with a state file and buckets that never empty.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use camino::Utf8Path;
use futures_util::StreamExt;
use futures_util::stream;
use landfall::mock::arm::{Budget, Emulator, Settings};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::median;
use super::scene::SUBSCRIPTION;

/// The word by which this bench starts itself as the emulator.
pub const EMULATOR: &str = "emulator";
const TOKEN: &str = "bench-token";
const RESOURCES: usize = 1000;
/// Requests under way at a time.
const AT_ONCE: [usize; 2] = [1, 16];

/// The other process: an emulator until its standard input ends.
pub async fn serve(folder: &str) {
    let endless = Budget {
        reads: u32::MAX,
        writes: u32::MAX,
        deletes: u32::MAX,
    };
    let running = Emulator::start(Settings {
        state_file: Some(Utf8Path::new(folder).join("state.json")),
        budget: endless,
        ..Settings::new(TOKEN.into(), SUBSCRIPTION)
    })
    .await
    .unwrap();
    println!("{}", running.base_url());
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().lines().count());
    ended.await.unwrap();
    running.stop().await;
}

struct Load {
    http: Client,
    url: String,
}

impl Load {
    fn request(&self, method: Method, path: &str, version: &str) -> RequestBuilder {
        let url = format!(
            "{}/subscriptions/{SUBSCRIPTION}{path}?api-version={version}",
            self.url
        );
        self.http.request(method, url).bearer_auth(TOKEN)
    }

    fn group(&self, method: Method) -> RequestBuilder {
        self.request(method, "/resourceGroups/bench", "2021-04-01")
    }

    /// An identity: a resource that is there at once.
    fn identity(&self, number: usize) -> RequestBuilder {
        let path = format!(
            "/resourceGroups/bench/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{number:04}"
        );
        self.request(Method::PUT, &path, "2023-01-31")
            .json(&json!({"location": "westeurope"}))
    }

    /// The whole list, page by page; how many requests it took.
    async fn list(&self) -> usize {
        let mut next = Some(self.request(Method::GET, "/resourceGroups/bench/resources", "2021-04-01"));
        let (mut pages, mut found) = (0, 0);
        while let Some(request) = next {
            let page: Value = answered(request).await;
            pages += 1;
            found += page["value"].as_array().unwrap().len();
            next = page["nextLink"]
                .as_str()
                .map(|link| self.http.get(link).bearer_auth(TOKEN));
        }
        assert_eq!(found, RESOURCES);
        pages
    }

    /// Sends `count` requests, so many at a time; how many were answered in a second.
    async fn rate(&self, count: usize, at_once: usize, request: impl Fn(usize) -> RequestBuilder) -> f64 {
        let began = Instant::now();
        let answers = stream::iter(0..count).map(|number| answered(request(number)));
        answers.buffer_unordered(at_once).for_each(|_| async {}).await;
        count as f64 / began.elapsed().as_secs_f64()
    }
}

async fn answered(request: RequestBuilder) -> Value {
    let answer = request.send().await.unwrap().error_for_status().unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default()
}

pub async fn table(rounds: usize) {
    println!("| what | requests at a time | requests/s |\n|---|---:|---:|");
    for at_once in AT_ONCE {
        let mut rows: [(String, Vec<f64>); 4] = [
            ("GET of a group".to_owned(), Vec::new()),
            (
                format!("PUT of a resource, until there are {RESOURCES}"),
                Vec::new(),
            ),
            (format!("GET of a group beside {RESOURCES} resources"), Vec::new()),
            (format!("a page of the list of {RESOURCES} resources"), Vec::new()),
        ];
        for _ in 0..rounds {
            for (row, rate) in rows.iter_mut().zip(round(at_once).await) {
                row.1.push(rate);
            }
        }
        for (what, rates) in rows {
            println!("| {what} | {at_once} | {:.0} |", median(rates));
        }
    }
}

/// All four on a new emulator.
async fn round(at_once: usize) -> [f64; 4] {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg(EMULATOR)
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    let load = Load {
        http: Client::builder().no_proxy().build().unwrap(),
        url: url.trim().to_owned(),
    };
    answered(load.group(Method::PUT).json(&json!({"location": "westeurope"}))).await;
    let empty = load.rate(2000, at_once, |_| load.group(Method::GET)).await;
    let puts = load
        .rate(RESOURCES, at_once, |number| load.identity(number))
        .await;
    let full = load.rate(2000, at_once, |_| load.group(Method::GET)).await;
    let began = Instant::now();
    let lists: Vec<usize> = stream::iter(0..at_once.max(4))
        .map(|_| load.list())
        .buffer_unordered(at_once)
        .collect()
        .await;
    let pages = lists.iter().sum::<usize>() as f64 / began.elapsed().as_secs_f64();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    [empty, puts, full, pages]
}
