use super::*;
use crate::deploy::{Edge, Tone};

fn node(resource_type: &str, name: &str, note: &str, tone: Tone, seconds: Option<f64>) -> Node {
    Node {
        resource_type: resource_type.into(),
        name: name.into(),
        note: note.into(),
        tone,
        seconds,
        critical: false,
    }
}

fn graph() -> Graph {
    let long = format!("landfall-local/{}", "very-".repeat(10));
    let mut graph = Graph {
        title: "Status of \"local\" <&>".into(),
        nodes: vec![
            node(
                "Microsoft.EventHub/namespaces",
                "landfall-local",
                "Succeeded",
                Tone::Kept,
                Some(45.0),
            ),
            node(
                "Microsoft.EventHub/namespaces/eventhubs",
                &long,
                "+ create",
                Tone::New,
                Some(0.5),
            ),
            node(
                "Other.Type/things",
                "a \"quoted\" `<b>` #1 & more\nlines",
                "missing",
                Tone::Gone,
                None,
            ),
        ],
        edges: vec![
            Edge {
                from: 0,
                to: 1,
                critical: true,
            },
            Edge {
                from: 0,
                to: 2,
                critical: false,
            },
        ],
        seconds: Some(45.5),
    };
    graph.nodes[0].critical = true;
    graph.nodes[1].critical = true;
    graph
}

#[test]
fn mermaid_has_no_label_that_could_end_early() {
    insta::assert_snapshot!(mermaid::drawn(&graph()));
}

#[test]
fn svg_stands_alone_and_keeps_whole_names() {
    let drawn = svg::drawn(&graph());
    assert!(
        drawn.contains(&"very-".repeat(10)),
        "the whole name is in a title"
    );
    assert!(drawn.contains("prefers-color-scheme:dark"));
    assert!(
        !drawn.contains("href") && !drawn.contains("<script"),
        "nothing is loaded"
    );
    insta::assert_snapshot!(drawn);
}

#[test]
fn wide_layers_go_on_below_and_nothing_stands_on_another() {
    let nodes = (0..14)
        .map(|place| node("A.B/cs", &place.to_string(), "", Tone::New, None))
        .collect();
    let edges = (1..14)
        .map(|to| Edge {
            from: 0,
            to,
            critical: false,
        })
        .collect();
    let graph = Graph {
        title: "t".into(),
        nodes,
        edges,
        seconds: None,
    };
    let rows = layout::rows(&graph);
    let lengths: Vec<usize> = rows.iter().map(Vec::len).collect();
    assert_eq!(lengths, [1, 5, 5, 3]);
    let mut all: Vec<usize> = rows.concat();
    all.sort_unstable();
    assert_eq!(all, (0..14).collect::<Vec<_>>());
    assert!(svg::drawn(&Graph::default()).ends_with("</svg>\n"));
}

#[test]
fn nodes_stand_below_what_they_wait_for_with_few_crossings() {
    let nodes = (0..4)
        .map(|place| node("A.B/cs", &place.to_string(), "", Tone::New, None))
        .collect();
    let edges = [(0, 3), (1, 2)]
        .map(|(from, to)| Edge {
            from,
            to,
            critical: false,
        })
        .to_vec();
    let graph = Graph {
        title: "t".into(),
        nodes,
        edges,
        seconds: None,
    };
    assert_eq!(layout::rows(&graph), [[0, 1], [3, 2]]);
}

#[test]
fn what_cannot_be_drawn_is_wrong_usage() {
    let of = |file: &str, output| Place::of(Some(Utf8Path::new(file)), output);
    for (file, output) in [
        ("graph.png", Output::Human),
        ("graph", Output::Human),
        ("-", Output::Json),
    ] {
        assert!(
            of(file, output).is_err_and(|failure| failure.exit == Exit::Usage),
            "{file}"
        );
    }
    assert!(matches!(of("a.mmd", Output::Json), Ok(Some(Place::Mermaid(_)))));
    assert!(matches!(of("a.svg", Output::Human), Ok(Some(Place::Svg(_)))));
    assert!(matches!(
        of("-", Output::Markdown),
        Ok(Some(Place::Output { fenced: true }))
    ));
}
