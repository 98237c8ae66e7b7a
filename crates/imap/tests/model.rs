//! Clients that keep up with a mailbox in every way end with the server's picture.

use mailwire_testkit::{cuts::Random, mailbox};

#[test]
fn every_client_ends_with_the_servers_picture() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let mut below = |n: u32| u32::try_from(random.below(n.max(1) as usize)).unwrap_or_default();
        mailbox::simulate(400, &mut below);
    }
}
