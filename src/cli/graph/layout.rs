//! Where each node stands: in layers, each below all that it waits for.

use crate::deploy::Graph;

/// More nodes than this of one layer go on in a row below.
const WIDEST_ROW: usize = 5;
/// How often rows are put in order, from the top down and from the bottom up.
const PASSES: usize = 4;

/// The rows from the top, each with its nodes from the left.
pub fn rows(graph: &Graph) -> Vec<Vec<usize>> {
    let mut layers = layers(graph);
    for pass in 0..PASSES {
        let above = |node: usize| neighbours(graph, node, true);
        let below = |node: usize| neighbours(graph, node, false);
        if pass % 2 == 0 {
            for place in 1..layers.len() {
                sort(&mut layers, place, place - 1, above);
            }
        } else {
            for place in (1..layers.len()).rev() {
                sort(&mut layers, place - 1, place, below);
            }
        }
    }
    layers.iter().flat_map(|layer| in_rows(layer)).collect()
}

/// A layer in as few rows as it takes, of about the same length.
fn in_rows(layer: &[usize]) -> Vec<Vec<usize>> {
    let rows = layer.len().div_ceil(WIDEST_ROW).max(1);
    layer
        .chunks(layer.len().div_ceil(rows).max(1))
        .map(<[usize]>::to_vec)
        .collect()
}

/// The nodes by the length of the longest chain before them.
fn layers(graph: &Graph) -> Vec<Vec<usize>> {
    let mut depth = vec![0_usize; graph.nodes.len()];
    // A graph has no circles, so that after as many rounds as there are nodes nothing moves.
    for _ in 0..graph.nodes.len() {
        let mut moved = false;
        for edge in &graph.edges {
            if depth[edge.to] <= depth[edge.from] {
                depth[edge.to] = depth[edge.from] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    let deepest = depth.iter().max().copied().unwrap_or_default();
    (0..=deepest)
        .map(|layer| (0..depth.len()).filter(|node| depth[*node] == layer).collect())
        .collect()
}

fn neighbours(graph: &Graph, node: usize, above: bool) -> Vec<usize> {
    let edges = graph.edges.iter().filter_map(|edge| {
        let (own, other) = if above {
            (edge.to, edge.from)
        } else {
            (edge.from, edge.to)
        };
        (own == node).then_some(other)
    });
    edges.collect()
}

/// Puts each node of one layer below or above the middle of its neighbours in another.
fn sort(layers: &mut [Vec<usize>], layer: usize, other: usize, near: impl Fn(usize) -> Vec<usize>) {
    let beside = layers[other].clone();
    let width = layers[layer].len();
    let middle = |place: usize, node: usize| -> usize {
        let found = near(node);
        let places: Vec<usize> = found
            .iter()
            .filter_map(|one| beside.iter().position(|it| it == one))
            .collect();
        // In thousandths of the layer's width, so that layers of different widths compare.
        if places.is_empty() {
            return place * 1000 / width.max(1);
        }
        places.iter().sum::<usize>() * 1000 / places.len() / beside.len().max(1)
    };
    let mut keyed: Vec<(usize, usize)> = layers[layer]
        .iter()
        .enumerate()
        .map(|(place, node)| (middle(place, *node), *node))
        .collect();
    keyed.sort_by_key(|(middle, _)| *middle);
    layers[layer] = keyed.into_iter().map(|(_, node)| node).collect();
}
