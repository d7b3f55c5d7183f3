use serde_json::{Value, json};

use super::call;

fn of(name: &str, arguments: Value) -> Value {
    let Value::Array(arguments) = arguments else {
        unreachable!()
    };
    call(&name.to_lowercase(), &arguments).unwrap().unwrap()
}

fn refused(name: &str, arguments: Value) -> String {
    let Value::Array(arguments) = arguments else {
        unreachable!()
    };
    call(&name.to_lowercase(), &arguments).unwrap().unwrap_err()
}

#[test]
fn text_is_formatted_as_dotnet_formats_it() {
    assert_eq!(
        of("format", json!(["{0}/{1}/{2}/{3}", 1, 2, 3, true])),
        "1/2/3/True"
    );
    assert_eq!(
        of("format", json!(["{0:D3}|{1,5}|{1,-5}|{{x}}", 7, "ab"])),
        "007|   ab|ab   |{x}"
    );
    assert_eq!(
        of("format", json!(["{0:X2}|{1:N0}|{2:F1}", 10, 1_234_567, 2])),
        "0A|1,234,567|2.0"
    );
    assert_eq!(of("join", json!([["abc", 123, true], "/"])), "abc/123/True");
    assert_eq!(of("padLeft", json!(["00", 5, " "])), "   00");
    assert_eq!(of("base64", json!([" Fizz "])), "IEZpenog");
    assert_eq!(of("string", json!([{"a": [1, false]}])), r#"{"a":[1,false]}"#);
    assert!(refused("format", json!(["{1}", "only one"])).contains("no argument"));
    assert!(refused("format", json!(["{0", "x"])).contains("brace"));
}

#[test]
fn searching_minds_case_only_where_azure_does() {
    assert_eq!(of("indexOf", json!(["food", "o"])), 1);
    assert_eq!(of("indexOf", json!(["FOOBAR", "bar"])), 3);
    assert_eq!(of("contains", json!(["FOOBAR", "bar"])), false);
    assert_eq!(of("indexOf", json!([["a", "B"], "b"])), -1);
    assert_eq!(of("contains", json!([{"Key": 1}, "kEY"])), true);
    assert_eq!(of("startsWith", json!(["Kafka", "kaf"])), true);
}

#[test]
fn sets_keep_first_occurrences_and_merge_in_depth() {
    assert_eq!(
        of("union", json!([["a", "b"], ["b", "c"]])),
        json!(["a", "b", "c"])
    );
    assert_eq!(
        of("union", json!([{"a": {"x": 1}}, {"a": {"y": 2}}])),
        json!({"a": {"x": 1, "y": 2}})
    );
    assert_eq!(
        of("shallowMerge", json!([[{"a": {"x": 1}}, {"a": {"y": 2}}]])),
        json!({"a": {"y": 2}})
    );
    assert_eq!(of("intersection", json!([[1, 2, 3], [3, 2]])), json!([2, 3]));
    assert_eq!(
        of("items", json!([{"b": 1, "a": 2}])),
        json!([{"key": "a", "value": 2}, {"key": "b", "value": 1}])
    );
}

#[test]
fn ends_and_parts_work_on_arrays_and_texts() {
    assert_eq!(of("first", json!([[]])), Value::Null);
    assert_eq!(of("last", json!([[]])), Value::Null);
    assert_eq!(of("skip", json!(["foot", 3])), "t");
    assert_eq!(of("take", json!([[1, 2, 3], 5])), json!([1, 2, 3]));
    assert_eq!(of("split", json!(["a;b,c", [";", ","]])), json!(["a", "b", "c"]));
    assert_eq!(of("substring", json!(["grüße", 2, 2])), "üß");
    assert!(refused("substring", json!(["abc", 2, 5])).contains("the text has 3"));
    assert!(refused("range", json!([0, 10_001])).contains("limit of 10000"));
}

#[test]
fn json_may_stand_in_single_quotes() {
    assert_eq!(
        of("json", json!(["{'one': 'a\\'s', \"two\": [1, '\"']}"])),
        json!({"one": "a's", "two": [1, "\""]})
    );
    let text = of("base64", json!(["{'one': 'a', 'two': 'b'}"]));
    assert_eq!(of("base64ToJson", json!([text])), json!({"one": "a", "two": "b"}));
    assert!(refused("json", json!(["{'one"])).contains("is not JSON"));
}

#[test]
fn arithmetic_never_wraps() {
    assert_eq!(of("div", json!([-7, 2])), -3);
    assert_eq!(of("mod", json!([7, 3])), 1);
    assert!(refused("div", json!([1, 0])).contains("no result"));
    assert!(refused("add", json!([i64::MAX, 1])).contains("no result"));
    assert_eq!(of("max", json!([[1, 5, 3]])), 5);
}

#[test]
fn uris_are_resolved_not_concatenated() {
    let resolved = of("uri", json!(["https://github.com/another/repo", "/Azure/bicep"]));
    assert_eq!(resolved, "https://github.com/Azure/bicep");
    assert_eq!(of("uriComponent", json!(["a b/ü"])), "a%20b%2F%C3%BC");
    assert_eq!(of("uriComponentToString", json!(["a%20b%2F%C3%BC"])), "a b/ü");
}

#[test]
fn dates_move_by_durations_and_keep_their_manner() {
    assert_eq!(
        of("dateTimeAdd", json!(["2020-04-07 14:53:14Z", "P3Y"])),
        "2023-04-07 14:53:14Z"
    );
    assert_eq!(
        of("dateTimeAdd", json!(["20200407T145314Z", "-PT1H"])),
        "20200407T135314Z"
    );
    assert_eq!(
        of(
            "dateTimeAdd",
            json!(["2020-04-07T14:53:14Z", "P9D", "yyyy-MM-dd"])
        ),
        "2020-04-16"
    );
    assert_eq!(
        of("dateTimeFromEpoch", json!([1_683_040_573])),
        "2023-05-02T15:16:13Z"
    );
    assert_eq!(
        of("dateTimeToEpoch", json!(["2023-05-02T15:16:13Z"])),
        1_683_040_573
    );
}

#[test]
fn networks_are_cut_by_number() {
    assert_eq!(of("cidrSubnet", json!(["10.144.0.0/20", 24, 2])), "10.144.2.0/24");
    assert_eq!(of("cidrHost", json!(["10.144.3.0/24", 1])), "10.144.3.2");
    assert_eq!(
        of("parseCidr", json!(["10.144.0.0/20"]))["lastUsable"],
        "10.144.15.254"
    );
    assert!(refused("cidrSubnet", json!(["10.0.0.0/24", 25, 2])).contains("no subnet 2"));
    assert_eq!(of("cidrSubnet", json!(["::/0", 0, 0])), "::/0");
}

#[test]
fn absent_values_are_null_and_not_an_error_where_azure_says_so() {
    assert_eq!(of("tryGet", json!([{"a": [{"b": 1}]}, "a", 0, "B"])), 1);
    assert_eq!(of("tryGet", json!([{"a": 1}, "x", "y"])), Value::Null);
    assert_eq!(of("coalesce", json!([null, null, "x"])), "x");
    assert_eq!(of("empty", json!([null])), true);
    assert!(call("nosuchfunction", &[]).is_none());
}
