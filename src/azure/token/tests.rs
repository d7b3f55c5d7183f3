//! The cache of tokens.

use super::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// Numbers its tokens and counts how often it was asked.
fn counted(lifetime: Duration, asked: Arc<AtomicU32>) -> Tokens {
    Tokens::fetched(Box::new(move |_| {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            tokio::task::yield_now().await;
            Ok(Token {
                token: SecretString::from(format!("token-{number}")),
                expires: Timestamp::now() + lifetime,
            })
        })
    }))
}

#[tokio::test]
async fn many_callers_at_once_fetch_one_token() {
    let asked = Arc::new(AtomicU32::new(0));
    let tokens = counted(Duration::from_hours(1), asked.clone());
    futures_util::future::join_all((0..20).map(|_| tokens.token("scope"))).await;
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    tokens.token("another scope").await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_token_about_to_expire_is_fetched_anew() {
    let asked = Arc::new(AtomicU32::new(0));
    let tokens = counted(Duration::from_secs(299), asked.clone());
    for _ in 0..2 {
        tokens.token("scope").await.unwrap();
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn only_the_token_that_was_refused_is_forgotten() {
    let asked = Arc::new(AtomicU32::new(0));
    let tokens = counted(Duration::from_hours(1), asked.clone());
    tokens.token("scope").await.unwrap();
    assert!(tokens.forget("scope", &SecretString::from("older")).await);
    tokens.token("scope").await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let fixed = Tokens::fixed(SecretString::from("fixed"));
    assert!(!fixed.forget("scope", &SecretString::from("fixed")).await);
}
