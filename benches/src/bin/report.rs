//! Prints the ratios of the last `cargo bench` as a table: us against each peer on the same work.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn main() {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let root = target.join("criterion");
    let mut works: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for work in folders(&root) {
        for who in folders(&root.join(&work)) {
            let file = root.join(&work).join(&who).join("new/estimates.json");
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let estimates: Value = serde_json::from_str(&text).expect("criterion's estimates");
            let median = estimates["median"]["point_estimate"].as_f64().expect("a median");
            works.entry(work.clone()).or_default().insert(who, median);
        }
    }
    if works.is_empty() {
        eprintln!("no results in {}: run `cargo bench` first", root.display());
        std::process::exit(2);
    }
    println!("| work | mailwire | peer | its time | ratio |");
    println!("|---|---:|---|---:|---:|");
    for (work, times) in &works {
        for (who, theirs) in times.iter().filter(|(who, _)| !who.starts_with("mailwire")) {
            // Of works that are done in several ways, the same way: `mailwire, whole`.
            let way = who.find(", ").map_or("", |at| &who[at..]);
            let ours = times.get(&format!("mailwire{way}")).or_else(|| times.get("mailwire"));
            let Some(ours) = ours else { continue };
            let (ours_ms, theirs_ms) = (ours / 1e6, theirs / 1e6);
            println!(
                "| {work} | {ours_ms:.3} ms | {who} | {theirs_ms:.3} ms | {:.2} x |",
                theirs / ours
            );
        }
    }
}

fn folders(path: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut names: Vec<_> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name != "report")
        .collect();
    names.sort();
    names
}
