//! The published attacks on addresses: every case with protocol `address` of
//! `../shared/cases/robustness.jsonl`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use mailwire_message::DefectKind;
use mailwire_message::header::{Address, AddressList};
use mailwire_testkit::cases;

#[test]
fn every_published_case_is_read_as_demanded() {
    let cases = cases::of("address");
    for case in &cases {
        let list = AddressList::parse(&case.input);
        let seen: Vec<_> = list.mailboxes().map(|it| it.address().unwrap_or_default()).collect();
        let seen: Vec<_> = seen.iter().map(String::as_str).collect();
        let has = |kind| list.defects().iter().any(|defect| defect.kind == kind);
        let id = case.id.as_str();
        match id {
            "ADDR-01" => assert_eq!(seen, ["\"a@evil.example x\"@example.org"], "{id}"),
            "ADDR-03" | "ADDR-04" | "ADDR-11" => assert_eq!(seen, ["a@example.org"], "{id}"),
            "ADDR-05" => {
                assert_eq!(seen, ["x@example.org", "c@example.org"], "{id}");
                assert_eq!(list.addresses().last(), Some(&Address::GroupEnd), "{id}");
                assert_eq!(list.addresses().len(), 4, "{id}");
            }
            "ADDR-06" => {
                assert!(has(DefectKind::NestedGroup), "{id}");
                assert!(list.addresses().len() <= 10_001 && list.omitted() > 0, "{id}");
            }
            "ADDR-02" | "ADDR-07" | "ADDR-10" | "ADDR-14" | "ADDR-15" | "ADDR-19" => {
                assert_eq!(seen, [""; 0], "{id}");
                assert!(has(DefectKind::BadAddress), "{id}");
            }
            // Unfolded, as its text allows: no line end is ever in an address.
            "ADDR-13" => assert_eq!(seen, ["\"a b\"@example.org"], "{id}"),
            "ADDR-16" => assert_eq!(seen, ["a@example.org"], "{id}"),
            "ADDR-17" => {
                assert_eq!(seen, [""; 0], "{id}");
                assert!(has(DefectKind::OpenComment), "{id}");
            }
            "ADDR-18" => {
                assert_eq!((seen.len(), list.omitted()), (10_000, 490_001), "{id}");
                assert!(has(DefectKind::TooManyAddresses), "{id}");
            }
            // It is in the field, and the error is typed; whether to use it is the caller's.
            "ADDR-21" => assert!(has(DefectKind::AddressTooLong), "{id}"),
            "ADDR-22" => {
                assert_eq!(seen, ["x@evil.example"], "{id}");
                assert!(has(DefectKind::Bidirectional), "{id}");
            }
            "ADDR-23" => {
                assert_eq!(seen, [""; 0], "{id}");
                assert_eq!(list.addresses().len(), 2, "{id}");
            }
            // Of our builder: addresses it must refuse; `tests/build.rs` has those.
            other => panic!("{other}: not known"),
        }
        for defect in list.defects() {
            assert!(defect.start <= defect.end && defect.end <= case.input.len() as u64, "{id}");
        }
    }
    println!("{} cases", cases.len());
}
