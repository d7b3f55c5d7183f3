//! Whoever looks on is told of hubs, and may refuse one.

use super::*;

/// Writes down what it is told, and refuses hubs called `bad`.
#[derive(Default)]
struct Diary(Mutex<Vec<String>>);

impl Observer for Diary {
    fn created<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            if change.names.last().is_some_and(|name| name == "bad") {
                return Err(Refusal {
                    status: 400,
                    code: "BadRequest".into(),
                    message: "no such topic".into(),
                });
            }
            let partitions = change.properties["partitionCount"].as_i64().unwrap_or_default();
            self.0
                .lock()
                .unwrap()
                .push(format!("+{}:{partitions}", change.names.join("/")));
            Ok(())
        })
    }

    fn deleted<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.0
                .lock()
                .unwrap()
                .push(format!("-{}", change.names.join("/")));
        })
    }

    fn addresses(&self) -> BTreeMap<String, String> {
        BTreeMap::from([(
            "kafka-dev.servicebus.windows.net:9093".into(),
            "127.0.0.1:9".into(),
        )])
    }
}

#[tokio::test]
async fn an_observer_is_told_of_hubs_as_they_come_and_go() {
    let diary = Arc::new(Diary::default());
    let mut settings = settings();
    settings.observer = Arc::clone(&diary) as Arc<dyn Observer>;
    let site = Site::with_group(settings).await;
    site.deployed("d", &event_hubs(), json!({})).await;
    assert_eq!(
        *diary.0.lock().unwrap(),
        ["+kafka-dev:0", "+kafka-dev/orders:4", "+kafka-dev/payments:2"]
    );
    diary.0.lock().unwrap().clear();
    let accepted = site.call(Method::DELETE, "/resourcegroups/rg", None).await;
    site.located(accepted).await;
    let told = diary.0.lock().unwrap().clone();
    assert!(
        told.contains(&"-kafka-dev/orders".to_owned())
            && told.last().is_some_and(|last| last == "-kafka-dev"),
        "{told:?}"
    );
    let url = format!("{}/landfall/addresses", site.running.base_url());
    let addresses: Value = site
        .send(Method::GET, &url, None)
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(addresses["kafka-dev.servicebus.windows.net:9093"], "127.0.0.1:9");
}
