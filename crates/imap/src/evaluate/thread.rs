//! What is answered to THREAD: threads that are laid flat, as branches of branches (RFC 5256
//! section 4).

use crate::types::ThreadNode;
use alloc::vec::Vec;
use mailwire_message::thread::Threads;

/// How deep branches are nested. What branches off deeper is told as one answer behind another, so
/// that no mail makes an answer that is too deep for the client, or for the stack here.
const MAX_DEPTH: usize = 50;

/// Threads as THREAD answers them.
///
/// ```
/// use mailwire_imap::{encode, evaluate, types::Response};
/// use mailwire_message::thread::{Item, references};
///
/// let item = |id, message_id, references| {
///     Item { id, date: id.into(), subject: "x", message_id, references }
/// };
/// let items = [item(1, "a", &[]), item(2, "b", &["a"]), item(3, "c", &["b"]), item(4, "d", &["a"])];
///
/// let mut wire = Vec::new();
/// encode::response(&Response::Thread(evaluate::threads(&references(&items))), &mut wire);
/// assert_eq!(wire, b"* THREAD (1 (2 3)(4))\r\n");
/// ```
#[must_use]
pub fn threads(threads: &Threads) -> Vec<ThreadNode> {
    let children = children(threads);
    let (mut whole, mut open) = (Vec::new(), Vec::<Open>::new());
    let mut alone = false;
    // Every turn consumes a node, and closes only what another has opened.
    for (node, &children) in threads.nodes.iter().zip(&children) {
        while open.last().is_some_and(|open| open.depth >= node.depth) {
            close(&mut open, &mut whole);
        }
        let full = open.len() >= MAX_DEPTH;
        match open.last_mut().filter(|_| alone || full) {
            Some(last) => {
                last.node.numbers.extend(node.id);
                if !full {
                    last.depth = node.depth;
                }
            }
            None => {
                let numbers = node.id.into_iter().collect();
                let branch = ThreadNode { numbers, branches: Vec::new() };
                open.push(Open { depth: node.depth, node: branch });
            }
        }
        alone = children == 1;
    }
    // Every turn closes one.
    while !open.is_empty() {
        close(&mut open, &mut whole);
    }
    whole
}

/// A branch that may have more.
struct Open {
    /// Where the last of its numbers is.
    depth: usize,
    node: ThreadNode,
}

fn close(open: &mut Vec<Open>, whole: &mut Vec<ThreadNode>) {
    let Some(last) = open.pop() else { return };
    match open.last_mut() {
        Some(parent) => parent.node.branches.push(last.node),
        None => whole.push(last.node),
    }
}

/// How many answers each has.
fn children(threads: &Threads) -> Vec<u32> {
    let mut children: Vec<u32> = threads.nodes.iter().map(|_| 0).collect();
    let mut above: Vec<usize> = Vec::new();
    for (at, node) in threads.nodes.iter().enumerate() {
        above.truncate(node.depth);
        if let Some(parent) = above.last().and_then(|&parent| children.get_mut(parent)) {
            *parent += 1;
        }
        above.push(at);
    }
    children
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode;
    use crate::types::Response;
    use mailwire_message::thread::Node;
    use std::string::String;

    fn told(nodes: &[(usize, u32)]) -> String {
        let node = |&(depth, id): &(usize, u32)| Node { depth, id: (id > 0).then_some(id) };
        let flat = Threads { nodes: nodes.iter().map(node).collect() };
        let mut wire = Vec::new();
        encode::response(&Response::Thread(threads(&flat)), &mut wire);
        String::from_utf8(wire).unwrap()
    }

    /// RFC 5256 section 4.
    #[test]
    fn threads_are_told_as_the_rfc_tells_them() {
        let rfc = [(0, 2), (0, 3), (1, 6), (2, 4), (3, 23), (2, 44), (3, 7), (4, 96)];
        assert_eq!(told(&rfc), "* THREAD (2)(3 6 (4 23)(44 7 96))\r\n");
        assert_eq!(told(&[(0, 0), (1, 3), (1, 5)]), "* THREAD ((3)(5))\r\n");
        assert_eq!(told(&[]), "* THREAD\r\n");
    }

    #[test]
    fn chains_of_any_length_and_branches_of_any_depth_are_told() {
        let chain: Vec<_> = (0..200_000).map(|n| (n as usize, n + 1)).collect();
        assert_eq!(told(&chain).matches('(').count(), 1);

        // Each has an answer that is not answered, and one that is.
        let comb: Vec<_> = (0..100_000)
            .flat_map(|n| [(n as usize, 2 * n + 1), (n as usize + 1, 2 * n + 2)])
            .collect();
        let told = told(&comb);
        let mut numbers: Vec<u32> =
            told.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(1..=200_000), "none is lost");
        let deepest = told.chars().scan(0_usize, |depth, c| {
            *depth = (*depth + usize::from(c == '(')).saturating_sub(usize::from(c == ')'));
            Some(*depth)
        });
        assert_eq!(deepest.max(), Some(MAX_DEPTH));
    }
}
