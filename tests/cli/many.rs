//! Several environments at once: side by side, none stops another, one summary, the worst exit code.

use serde_json::Value;

use crate::support::Scene;

const NAMES: [&str; 3] = ["one", "three", "two"];

/// Three environments that can live beside each other, and none of those that are shipped.
fn three() -> Scene {
    let scene = Scene::new();
    let local = scene.read("environments/local/environment.yaml");
    for name in NAMES {
        let own = local
            .replace("name: local", &format!("name: {name}"))
            .replace("rg-landfall-local", &format!("rg-{name}"))
            .replace(
                "namespace: landfall-local",
                &format!("namespace: landfall-{name}"),
            )
            // The local target is one cluster, so each has topics of its own.
            .replace("    flights:", &format!("    flights-{name}:"))
            .replace("    airports:", &format!("    airports-{name}:"))
            .replace("    flight-status:", &format!("    flight-status-{name}:"))
            .replace("include: [flights, airports, flight-status]", "include: ['*']");
        scene.write(&format!("environments/{name}/environment.yaml"), &own);
    }
    for entry in std::fs::read_dir(scene.path("environments")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() && !NAMES.contains(&name.as_str()) {
            std::fs::remove_dir_all(entry.path()).unwrap();
        }
    }
    scene
}

fn parts(answer: &Value) -> Vec<(&str, bool, u64)> {
    let parts = answer["environments"].as_array().unwrap().iter();
    let one = |part: &'_ Value| {
        let name = NAMES.iter().find(|name| part["environment"] == **name).unwrap();
        (
            *name,
            part["ok"].as_bool().unwrap(),
            part["exit"].as_u64().unwrap(),
        )
    };
    parts.map(one).collect()
}

#[test]
fn all_are_planned_deployed_shown_and_removed() {
    let scene = three();
    scene.site(false);
    let plan = scene.run(&["plan", "--all", "--mock", "--exit-code", "--output", "json"]);
    assert_eq!(plan.code, 4, "{}", plan.stderr);
    let answer = plan.json();
    assert_eq!(parts(&answer), NAMES.map(|name| (name, true, 4)));
    assert!(
        answer["environments"][0]["counts"]["create"].as_u64() > Some(4),
        "{answer}"
    );

    let up = scene.done(&["up", "--all", "--mock", "--yes", "--output", "json"]);
    let lines: Vec<Value> = up
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let marked = |line: &&Value| line["kind"] != "result";
    assert!(
        lines
            .iter()
            .filter(marked)
            .all(|line| NAMES.iter().any(|name| line["environment"] == *name))
    );
    assert_eq!(parts(lines.last().unwrap()), NAMES.map(|name| (name, true, 0)));
    assert_eq!(lines.last().unwrap()["environments"][2]["changed"], true);

    let status = scene.done(&["status", "two", "one", "one", "--mock"]);
    let (two, one) = (
        status.stdout.find("landfall-two"),
        status.stdout.find("landfall-one"),
    );
    assert!(two < one, "in the order of the names:\n{}", status.stdout);
    assert!(
        status
            .stdout
            .contains(" environment  outcome\n two          done\n one          done")
    );

    let down = scene.done(&["down", "--all", "--mock", "--yes"]);
    for name in NAMES {
        assert!(
            down.stderr.contains(&format!("\n{name:5}    ")),
            "each line is marked:\n{}",
            down.stderr
        );
    }
    let again = scene
        .done(&["plan", "--all", "--mock", "--output", "json"])
        .json();
    assert!(
        again["environments"]
            .as_array()
            .unwrap()
            .iter()
            .all(|part| part["group_exists"] == false)
    );
}

#[test]
fn one_that_fails_stops_no_other_and_the_worst_is_told() {
    let scene = three();
    scene.site(false);
    scene.edit(
        "environments/three/environment.yaml",
        "location: westeurope",
        "location: West Europe",
    );
    let up = scene.run(&["up", "--all", "--mock", "--yes"]);
    assert_eq!(up.code, 3, "{}", up.stderr);
    assert!(up.stderr.contains("three  error:"), "{}", up.stderr);
    assert!(
        up.stdout
            .contains(" three        failed: configuration or template wrong"),
        "{}",
        up.stdout
    );
    assert!(up.stdout.contains(" two          done"), "{}", up.stdout);
    let status = scene.run(&["status", "--all", "--mock", "--output", "json"]);
    let answer = status.json();
    assert_eq!(
        parts(&answer),
        [("one", true, 0), ("three", false, 3), ("two", true, 0)]
    );
    assert!(
        answer["environments"][1]["error"]["message"].is_string(),
        "{answer}"
    );
    assert_eq!(answer["ok"], false);
}

/// Without a site that runs, each has one of its own, one after the other.
#[test]
fn a_folder_of_environments_is_planned_without_a_site() {
    let scene = three();
    let plan = scene.done(&["plan", "--all", "--mock", "--output", "markdown"]);
    assert!(
        plan.stdout.starts_with("| Environment | Outcome |"),
        "{}",
        plan.stdout
    );
    for name in NAMES {
        assert!(
            plan.stdout.contains(&format!("| `{name}` | done |")),
            "{}",
            plan.stdout
        );
    }
}

#[test]
fn what_cannot_be_meant_for_several_is_refused() {
    let scene = three();
    for (arguments, text) in [
        (&["up", "one", "two", "--mock"][..], "does not ask for each"),
        (&["down", "--all", "--mock"], "does not ask for each"),
        (
            &["plan", "--all", "--mock", "--out", "plan.json"],
            "for one environment",
        ),
        (
            &["up", "one", "two", "--mock", "--plan", "plan.json", "--yes"],
            "for one environment",
        ),
        (&["plan", "one", "--all"], "cannot be used with"),
        (&["plan"], "required"),
    ] {
        scene.run(arguments).fails(2, &[text]);
    }
    scene
        .run(&["plan", "--all", "--environments", "environments/one"])
        .fails(2, &["there is no environment below", "hint:"]);
}
