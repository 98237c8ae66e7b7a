//! What a queue promises holds whatever happens to it.
#![allow(missing_docs)]

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn each_recipient_comes_to_one_end(data in prop::collection::vec(any::<u8>(), 0..400)) {
        mailwire_testkit::queue::play(&data);
    }
}
