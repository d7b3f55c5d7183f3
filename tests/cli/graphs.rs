//! `--graph`: a plan and a status as pictures.

use crate::support::Scene;

/// The lines of a graph without the numbers that a run takes.
fn steady(text: &str) -> String {
    let seconds = regex::Regex::new(r"(\d+ h )?(\d+ min )?\d+(\.\d)? (s|min)").unwrap();
    seconds.replace_all(text, "TIME").into_owned()
}

#[test]
fn a_plan_is_drawn_before_and_after_the_deployment() {
    let scene = Scene::new();
    scene.site(false);
    let ran = scene.done(&["plan", "local", "--mock", "--graph", "-"]);
    insta::assert_snapshot!("graph_of_a_first_plan", ran.stdout);
    scene.done(&["up", "local", "--mock", "--yes"]);
    let more = [
        "--set",
        "target.parameters.throughput-units=3",
        "--output",
        "markdown",
    ];
    let ran = scene.done(&[&["plan", "local", "--mock", "--graph", "-"][..], &more].concat());
    let (text, graph) = ran.stdout.split_once("```mermaid\n").unwrap();
    assert!(text.starts_with("## Plan of `local`"), "{text}");
    assert!(
        graph.contains("EventHub/namespaces<br/>landfall-local<br/>~ change"),
        "{graph}"
    );
    assert!(graph.contains("landfall-local/flights<br/>unchanged"), "{graph}");
    assert!(graph.trim_end().ends_with("```"), "{graph}");
}

#[test]
fn a_status_is_drawn_with_durations_and_the_critical_path() {
    let scene = Scene::new();
    scene.site(false);
    scene.done(&["up", "local", "--mock", "--yes"]);
    let ran = scene.done(&["status", "local", "--mock", "--graph", "-"]);
    let graph = &ran.stdout;
    assert!(
        graph.contains("title: \"Status of local: critical path "),
        "{graph}"
    );
    assert_eq!(
        graph.matches(" --> ").count() + graph.matches(" ==> ").count(),
        4,
        "{graph}"
    );
    // Which of the short ones took longest differs from run to run, and none may have taken any time.
    assert!(graph.matches(" ==> ").count() <= 1, "{graph}");
    assert!(graph.contains("class n0"), "the namespace is critical: {graph}");
    assert!(
        steady(graph).contains("landfall-local<br/>Succeeded · TIME"),
        "{graph}"
    );

    let ran = scene.done(&["status", "local", "--mock", "--graph", "drawn/status.svg"]);
    assert!(ran.stdout.contains("bootstrap"), "the text stays: {}", ran.stdout);
    let svg = scene.read("drawn/status.svg");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    assert_eq!(svg.matches("<g>").count(), 5, "{svg}");
    assert!(svg.matches("class=\"box critical\"").count() >= 1, "{svg}");
    assert!(
        svg.contains("<title>Microsoft.EventHub/namespaces/eventhubs\nlandfall-local/flight-status"),
        "{svg}"
    );

    scene
        .done(&[
            "plan", "local", "--mock", "--output", "json", "--graph", "plan.mmd",
        ])
        .json();
    assert!(scene.read("plan.mmd").contains("flowchart TD\n"));
}

/// The lines of a flowchart as `NAME -> NAME`, an arrow each.
fn arrows(graph: &str) -> Vec<String> {
    let node = regex::Regex::new(r#"(n\d+)\["[^"]*?<br/>([^<"]+)"#).unwrap();
    let arrow = regex::Regex::new(r"(n\d+) [-=]=?-?> (n\d+)").unwrap();
    let names: std::collections::HashMap<String, String> = node
        .captures_iter(graph)
        .map(|found| (found[1].to_owned(), found[2].to_owned()))
        .collect();
    arrow
        .captures_iter(graph)
        .map(|found| format!("{} -> {}", names[&found[1]], names[&found[2]]))
        .collect()
}

#[test]
fn arrows_cross_from_one_deployment_to_another() {
    let scene = Scene::new();
    scene.site(false);
    let capture = ["--set", "addons=[{capture: {storage-account: stlandfalllocal}}]"];
    let with = |command: &[&'static str]| [command, &capture].concat();
    // The target takes the identity and the storage account of an add-on, and the add-on nothing of the target.
    let expected = [
        "id-stlandfalllocal -> landfall-local",
        "stlandfalllocal -> landfall-local/flights",
    ];
    let crosses = |graph: &str| {
        let found = arrows(graph);
        for arrow in expected {
            assert!(
                found.iter().any(|one| one == arrow),
                "no `{arrow}` among {found:#?}"
            );
        }
    };
    crosses(
        &scene
            .done(&with(&["plan", "local", "--mock", "--graph", "-"]))
            .stdout,
    );
    scene.done(&with(&["up", "local", "--mock", "--yes"]));
    crosses(
        &scene
            .done(&with(&["plan", "local", "--mock", "--graph", "-"]))
            .stdout,
    );
    crosses(
        &scene
            .done(&with(&["status", "local", "--mock", "--graph", "-"]))
            .stdout,
    );
}

#[test]
fn a_graph_without_a_place_is_wrong_usage() {
    let scene = Scene::new();
    for command in ["plan", "status"] {
        scene
            .run(&[command, "local", "--mock", "--graph", "graph.png"])
            .fails(2, &["`.mmd` (Mermaid) or `.svg`"]);
        scene
            .run(&[command, "local", "--mock", "--output", "json", "--graph", "-"])
            .fails(2, &["either the graph or one JSON document"]);
    }
    scene
        .run(&[
            "plan",
            "local",
            "--mock",
            "--graph",
            "environments/local/environment.yaml/x.svg",
        ])
        .fails(2, &["a folder that can be written to"]);
}

#[test]
fn a_bundle_is_drawn_without_asking_anybody_one_box_for_all_of_a_type() {
    let scene = Scene::new();
    let ran = scene.done(&["render", "local", "--graph", "-", "--by-type"]);
    assert!(
        ran.stdout.contains("EventHub/namespaces/eventhubs<br/>3 of them"),
        "{}",
        ran.stdout
    );
    scene.done(&["render", "local", "--graph", "out.svg"]);
    assert!(scene.read("out.svg").contains("landfall-local/airports"));
    scene
        .run(&["render", "local", "--by-type"])
        .fails(2, &["--graph"]);
}
