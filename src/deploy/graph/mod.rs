//! What waits for what: the resources of a plan or of what is deployed, as a graph without cycles.

mod across;
mod deployed;
mod links;
mod planned;

use serde::Serialize;

pub(super) use self::across::across;
pub use self::deployed::graph_of_status;
pub(super) use self::links::{Link, links};
pub use self::planned::{graph_of_bundle, graph_of_plan};

/// Resources and what they wait for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Graph {
    pub title: String,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// How long the critical path is; `None` where no duration is known.
    pub seconds: Option<f64>,
}

/// One resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    pub resource_type: String,
    /// All name segments.
    pub name: String,
    /// The change in a word, or the state.
    pub note: String,
    pub tone: Tone,
    pub seconds: Option<f64>,
    /// Whether it is on the critical path.
    pub critical: bool,
}

/// One resource that waits for another, by their places among the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edge {
    pub from: usize,
    /// Waits for `from`.
    pub to: usize,
    pub critical: bool,
}

/// What a node's colour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    New,
    Changed,
    Gone,
    Kept,
    Doubtful,
}

impl Graph {
    /// A graph of `nodes`, in which what is waited for by way of others is not drawn again. Edges that would close a
    /// circle, which Azure refuses, are left out.
    fn of(title: String, nodes: Vec<Node>, waits: &[(usize, usize)]) -> Self {
        let order = order(nodes.len(), waits);
        let rank = |node: usize| order.iter().position(|one| *one == node);
        let mut forward: Vec<(usize, usize)> = waits
            .iter()
            .copied()
            .filter(|(from, to)| rank(*from) < rank(*to))
            .collect();
        forward.sort_unstable();
        forward.dedup();
        let needed = |(from, to): &&(usize, usize)| {
            let mut steps = forward.iter().filter(|(start, end)| start == from && end != to);
            !steps.any(|(_, step)| reaches(&forward, *step, *to))
        };
        let edges: Vec<Edge> = forward
            .iter()
            .filter(needed)
            .map(|&(from, to)| Edge {
                from,
                to,
                critical: false,
            })
            .collect();
        let mut graph = Self {
            title,
            nodes,
            edges,
            seconds: None,
        };
        graph.find_critical_path(&order);
        graph
    }

    /// The same with one node for all resources of a type: what a reader wants of a large target.
    pub fn by_type(&self) -> Self {
        let mut nodes: Vec<Node> = Vec::new();
        let mut counts: Vec<usize> = Vec::new();
        let mut places = Vec::new();
        for node in &self.nodes {
            let known = nodes
                .iter()
                .position(|one| one.resource_type == node.resource_type);
            let place = known.unwrap_or(nodes.len());
            if known.is_none() {
                nodes.push(Node {
                    note: String::new(),
                    tone: Tone::Kept,
                    seconds: None,
                    critical: false,
                    ..node.clone()
                });
                counts.push(0);
            }
            counts[place] += 1;
            places.push(place);
        }
        for (node, count) in nodes.iter_mut().zip(&counts) {
            if *count > 1 {
                node.name = format!("{count} of them");
            } else if node.name.starts_with('[') {
                // Nobody knows it yet.
                node.name.clear();
            }
        }
        let waits: Vec<(usize, usize)> = self
            .edges
            .iter()
            .map(|edge| (places[edge.from], places[edge.to]))
            .filter(|(from, to)| from != to)
            .collect();
        Self::of(self.title.clone(), nodes, &waits)
    }

    /// Marks the chain of resources that took longest.
    fn find_critical_path(&mut self, order: &[usize]) {
        if self.nodes.iter().all(|node| node.seconds.is_none()) {
            return;
        }
        let own = |node: usize| self.nodes[node].seconds.unwrap_or_default();
        // When each is done, and what it waited for last.
        let mut done: Vec<(f64, Option<usize>)> =
            (0..self.nodes.len()).map(|node| (own(node), None)).collect();
        for &node in order {
            for edge in self.edges.iter().filter(|edge| edge.to == node) {
                let until = done[edge.from].0 + own(node);
                if done[node].1.is_none() || until > done[node].0 {
                    done[node] = (until, Some(edge.from));
                }
            }
        }
        let last = (0..done.len()).reduce(|best, node| if done[node].0 > done[best].0 { node } else { best });
        self.seconds = last.map(|last| done[last].0);
        let mut at = last;
        while let Some(node) = at {
            self.nodes[node].critical = true;
            let before = done[node].1;
            for edge in &mut self.edges {
                edge.critical |= edge.to == node && Some(edge.from) == before;
            }
            at = before;
        }
    }
}

/// The nodes, each behind all that it waits for; those of a circle come last.
fn order(count: usize, waits: &[(usize, usize)]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    while order.len() < count {
        let is_ready = |node: &usize| {
            let mut needed = waits.iter().filter(|(_, to)| to == node);
            needed.all(|(from, _)| from == node || order.contains(from))
        };
        let left = || (0..count).filter(|node| !order.contains(node));
        let ready: Vec<usize> = left().filter(is_ready).collect();
        if ready.is_empty() {
            let rest: Vec<usize> = left().collect();
            order.extend(rest);
        } else {
            order.extend(ready);
        }
    }
    order
}

fn reaches(edges: &[(usize, usize)], from: usize, to: usize) -> bool {
    from == to
        || edges
            .iter()
            .any(|(start, end)| *start == from && reaches(edges, *end, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(seconds: Option<f64>) -> Node {
        Node {
            resource_type: "A.B/cs".into(),
            name: "n".into(),
            note: String::new(),
            tone: Tone::Kept,
            seconds,
            critical: false,
        }
    }

    fn drawn(graph: &Graph) -> Vec<(usize, usize, bool)> {
        graph
            .edges
            .iter()
            .map(|edge| (edge.from, edge.to, edge.critical))
            .collect()
    }

    #[test]
    fn the_longest_chain_is_critical_and_a_detour_is_drawn_once() {
        let nodes = [Some(5.0), Some(1.0), Some(3.0), None].map(node).to_vec();
        let graph = Graph::of(
            "t".into(),
            nodes,
            &[(0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (0, 1)],
        );
        assert_eq!(
            drawn(&graph),
            [(0, 1, false), (0, 2, true), (1, 3, false), (2, 3, false)]
        );
        assert_eq!(graph.seconds, Some(8.0));
        let critical: Vec<bool> = graph.nodes.iter().map(|node| node.critical).collect();
        assert_eq!(critical, [true, false, true, false]);
    }

    #[test]
    fn without_durations_nothing_is_critical() {
        let graph = Graph::of("t".into(), vec![node(None), node(None)], &[(0, 1)]);
        assert_eq!((drawn(&graph), graph.seconds), (vec![(0, 1, false)], None));
    }

    #[test]
    fn a_circle_is_cut_and_never_followed_for_ever() {
        let graph = Graph::of("t".into(), vec![node(None); 3], &[(0, 1), (1, 2), (2, 1), (1, 1)]);
        assert_eq!(drawn(&graph), [(0, 1, false), (1, 2, false)]);
    }
}
