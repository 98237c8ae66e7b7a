//! THREAD=ORDEREDSUBJECT, THREAD=REFERENCES (RFC 5256), THREAD=REFS.

use crate::encode::Out;
use crate::parse::{Cursor, Parsed};
use crate::types::{Command, Octets, Response, SearchKey};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// `THREAD`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Thread<'a> {
    /// UID form: unique identifiers are answered.
    pub uid: bool,
    /// How messages are put together: `ORDEREDSUBJECT`, `REFERENCES`, `REFS`.
    pub algorithm: Cow<'a, str>,
    /// The charset that strings are in.
    pub charset: Octets<'a>,
    /// What is threaded.
    pub key: SearchKey<'a>,
}

/// A thread: messages each of which answers the one before it, then threads that all answer the
/// last. `(3 6 (4 23)(44 7 96))` has the numbers 3 and 6, and two branches.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ThreadNode {
    /// The numbers; empty where the message that the branches answer is not there.
    pub numbers: Vec<u32>,
    /// The branches. Never nested deeper than the grammar's limit when they were parsed.
    pub branches: Vec<ThreadNode>,
}

impl<'a> Cursor<'a, '_> {
    /// ```abnf
    /// thread = ["UID" SP] "THREAD" SP thread-alg SP search-criteria
    /// ```
    pub(crate) fn thread_command(&mut self, uid: bool) -> Parsed<Command<'a>> {
        self.space()?;
        let algorithm = Cow::Borrowed(self.atom("an algorithm")?);
        self.space()?;
        let charset = self.astring()?;
        self.space()?;
        let key = self.search_keys()?;
        Ok(Command::Thread(Box::new(Thread { uid, algorithm, charset, key })))
    }

    /// ```abnf
    /// thread-data = "THREAD" [SP 1*thread-list]
    /// ```
    pub(crate) fn threads(&mut self) -> Parsed<Response<'a>> {
        let mut threads = Vec::new();
        if let [b' ', b'(', ..] = self.rest() {
            self.space()?;
            // Every turn consumes a thread.
            while self.peek() == Some(b'(') {
                threads.push(self.thread()?);
            }
        }
        Ok(Response::Thread(threads))
    }

    /// ```abnf
    /// thread-list    = "(" (thread-members / thread-nested) ")"
    /// thread-members = nz-number *(SP nz-number) [SP thread-nested]
    /// thread-nested  = 2*thread-list
    /// ```
    ///
    /// Takes one branch alone, which some servers write. Depth is counted at each parenthesis.
    fn thread(&mut self) -> Parsed<ThreadNode> {
        self.down()?;
        self.expect(b'(', "`(`")?;
        let mut node = ThreadNode::default();
        // Every turn consumes a number or a branch.
        loop {
            match self.peek() {
                Some(b'0'..=b'9') if node.branches.is_empty() => {
                    node.numbers.push(self.nz_number()?);
                    if self.peek() != Some(b')') {
                        self.space()?;
                    }
                }
                Some(b'(') => node.branches.push(self.thread()?),
                _ => break,
            }
        }
        self.expect(b')', "a number, `(` or `)`")?;
        self.up();
        Ok(node)
    }
}

impl Out<'_> {
    pub(crate) fn thread_command(&mut self, thread: &Thread<'_>) {
        self.space();
        self.atom(&thread.algorithm);
        self.space();
        self.astring(&thread.charset);
        self.space();
        self.search_keys(&thread.key);
    }

    pub(crate) fn threads(&mut self, threads: &[ThreadNode]) {
        self.put("THREAD");
        if !threads.is_empty() {
            self.space();
        }
        for thread in threads {
            self.thread(thread);
        }
    }

    /// As deep as the caller nested them.
    fn thread(&mut self, thread: &ThreadNode) {
        self.put("(");
        self.words(&thread.numbers, |out, n| out.number(*n));
        if !thread.numbers.is_empty() && !thread.branches.is_empty() {
            self.space();
        }
        for branch in &thread.branches {
            self.thread(branch);
        }
        self.put(")");
    }
}

#[cfg(test)]
mod tests {
    use crate::ext::testing::{commands, responses};

    #[test]
    fn commands_and_responses_come_back() {
        commands(&[
            "THREAD ORDEREDSUBJECT UTF-8 SINCE 5-Mar-2000",
            "UID THREAD REFERENCES US-ASCII TEXT gewp",
        ]);
        responses(&[
            "THREAD (2)(3 6 (4 23)(44 7 96))",
            "THREAD",
            "THREAD ((3)(5))",
            "THREAD (1 (2 (3)(4))(5))",
        ]);
    }
}
