use super::*;

fn faults(spec: &str) -> Faults {
    Faults::new(vec![Fault::from_spec(spec).unwrap()], 7)
}

fn problem(spec: &str) -> String {
    Fault::from_spec(spec).unwrap_err().to_string()
}

#[test]
fn strikes_at_the_nth_match_and_as_often_as_told() {
    let mut faults = faults("put /Deployments/: 429 nth=2 times=2");
    let struck: Vec<bool> = (0..5)
        .map(|_| faults.on_request("PUT", "/x/deployments/d").is_some())
        .collect();
    assert_eq!(struck, [false, true, true, false, false]);
    assert!(faults.on_request("GET", "/x/deployments/d").is_none());
    assert_eq!(faults.totals()["respond"], 2);
    faults.replace(Vec::new(), 7);
    assert_eq!(faults.totals()["respond"], 2, "totals outlive a script");
}

#[test]
fn the_same_seed_draws_the_same_faults() {
    let draw = || {
        let mut faults = faults("*: 503 times=always chance=30%");
        (0..100)
            .map(|_| faults.on_request("GET", "/").is_some())
            .collect::<Vec<_>>()
    };
    let struck = draw().iter().filter(|struck| **struck).count();
    assert_eq!(draw(), draw());
    assert!((10..=60).contains(&struck), "{struck} of 100");
}

#[test]
fn a_line_says_the_same_as_its_object() {
    let cases = [
        (
            "PUT */deployments/*: 429 retry-after=2s nth=2 times=3",
            r#"{"match": {"method": "PUT", "path": "*/deployments/*", "nth": 2, "times": 3}, "effect": {"kind": "respond", "status": 429, "retry_after": 2}}"#,
        ),
        (
            "GET *: cut",
            r#"{"match": {"method": "GET", "path": "*"}, "effect": {"kind": "cut", "accepted": false}}"#,
        ),
        (
            "*: delay=500ms",
            r#"{"match": {"path": "*"}, "effect": {"kind": "delay", "milliseconds": 500}}"#,
        ),
        (
            "*/clusters/*: fail-operation=AllocationFailed at=40% message=\"no room left\"",
            r#"{"match": {"path": "*/clusters/*"}, "effect": {"kind": "fail-operation", "code": "AllocationFailed", "at": 40, "message": "no room left"}}"#,
        ),
        (
            "x: hang accepted times=always",
            r#"{"match": {"path": "x", "times": "always"}, "effect": {"kind": "hang", "accepted": true}}"#,
        ),
        (
            "x: lock=ReadOnly",
            r#"{"match": {"path": "x"}, "effect": {"kind": "lock", "level": "ReadOnly"}}"#,
        ),
        (
            "x: malformed=html",
            r#"{"match": {"path": "x"}, "effect": {"kind": "malformed", "shape": "html"}}"#,
        ),
        (
            "x: QuotaExceeded",
            r#"{"match": {"path": "x"}, "effect": {"kind": "respond", "status": 400, "code": "QuotaExceeded"}}"#,
        ),
        (
            "x: not-yet=3",
            r#"{"match": {"path": "x"}, "effect": {"kind": "not-yet", "polls": 3}}"#,
        ),
    ];
    for (line, object) in cases {
        let line = serde_json::to_value(Fault::from_spec(line).unwrap()).unwrap();
        let object: Fault = serde_json::from_str(object).unwrap();
        assert_eq!(line, serde_json::to_value(&object).unwrap());
        let again: Fault = serde_json::from_value(line.clone()).unwrap();
        assert_eq!(
            serde_json::to_value(again).unwrap(),
            line,
            "what is listed can be sent back"
        );
    }
}

#[test]
fn a_line_that_is_wrong_is_refused_with_what_is_wrong() {
    insta::assert_snapshot!(problem("PUT"), @"the fault `PUT` cannot be understood: it is written as `[METHOD] PATTERN: EFFECT [KEY=VALUE]…`");
    insta::assert_snapshot!(problem("*: stal"), @"the fault `*: stal` cannot be understood: there is no effect `stal`; did you mean `stale`?");
    insta::assert_snapshot!(problem("*: 4x9"), @"the fault `*: 4x9` cannot be understood: the status is `4x9`, and not a whole number");
    insta::assert_snapshot!(problem("*: 200"), @"the fault `*: 200` cannot be understood: the status 200 is no error: 400 to 599");
    insta::assert_snapshot!(problem("FETCH *: 503"), @"the fault `FETCH *: 503` cannot be understood: `FETCH` is not one of GET, HEAD, PUT, POST, PATCH, DELETE");
    insta::assert_snapshot!(problem("*: 503 time=3"), @"the fault `*: 503 time=3` cannot be understood: unknown word `time=3`; did you mean `times`?");
    insta::assert_snapshot!(problem("*: QuotaExeeded"), @"the fault `*: QuotaExeeded` cannot be understood: no status is known for the code `QuotaExeeded`; did you mean `QuotaExceeded`?");
    insta::assert_snapshot!(problem("*: 503 chance=130%"), @"the fault `*: 503 chance=130%` cannot be understood: `chance` is 1.3, and not from 0 to 1");
    insta::assert_snapshot!(problem("*: delay=fast"), @"the fault `*: delay=fast` cannot be understood: `fast` is not a time such as `500ms` or `2s`");
    insta::assert_snapshot!(problem("*: stuck=1"), @"the fault `*: stuck=1` cannot be understood: `stuck` takes no value");
    insta::assert_snapshot!(problem("*: stuck accepted"), @"the fault `*: stuck accepted` cannot be understood: unknown field `accepted`, there are no fields");
    insta::assert_snapshot!(problem("*: 503 message=\"x"), @"the fault `*: 503 message=\"x` cannot be understood: a quotation mark is not closed");
}

#[test]
fn a_script_is_a_list_or_an_object_with_a_seed() {
    let script =
        Script::read(r#"{"seed": 7, "faults": ["GET *: 503", {"effect": {"kind": "cut"}}]}"#).unwrap();
    assert_eq!((script.seed, script.faults.len()), (Some(7), 2));
    assert_eq!(Script::read(r#"["GET *: 503"]"#).unwrap().faults.len(), 1);
    let wrong = "[\n  {\"match\": {\"pth\": \"x\"},\n   \"effect\": {\"kind\": \"cut\"}}\n]";
    insta::assert_snapshot!(Script::read(wrong).unwrap_err(), @"unknown field `pth`, expected one of `method`, `path`, `nth`, `times`, `chance` at line 2 column 18");
    insta::assert_snapshot!(Script::read("[\n {\"effect\": {\"kind\": \"explode\"}}]").unwrap_err(), @"unknown variant `explode`, expected one of `respond`, `preflight`, `cut`, `hang`, `delay`, `truncated`, `malformed`, `stale`, `not-yet`, `another-put`, `fail-operation`, `refuse-operation`, `stuck`, `lock` at line 2 column 30");
    insta::assert_snapshot!(Script::read("[\n 7]").unwrap_err(), @"invalid type: integer `7`, expected a fault: an object with `match` and `effect`, or a line such as `GET *: 503` at line 2 column 2");
    insta::assert_snapshot!(Script::read(r#"["GET *: 200"]"#).unwrap_err(), @"the fault `GET *: 200` cannot be understood: the status 200 is no error: 400 to 599 at line 1 column 13");
}

#[test]
fn what_was_just_made_is_hidden_for_some_reads() {
    let mut faults = faults("PUT /deployments/: not-yet=2");
    assert!(!faults.hides("GET", "/g/deployments/D"));
    assert!(
        faults
            .on_answer("PUT", "/g/deployments/D", false, false)
            .is_none(),
        "nothing was made"
    );
    assert!(faults.on_answer("PUT", "/g/deployments/D", false, true).is_some());
    assert!(!faults.hides("PUT", "/g/deployments/d"));
    assert!(faults.hides("GET", "/g/deployments/d/operationStatuses/1"));
    assert!(faults.hides("GET", "/g/deployments/d"));
    assert!(!faults.hides("GET", "/g/deployments/d"));
}
