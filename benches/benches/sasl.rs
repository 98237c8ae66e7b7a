//! What SASL does besides hashing, beside what does the same: the preparation of a password.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn benches(c: &mut Criterion) {
    for (name, password) in [
        ("of US-ASCII", "correct horse battery staple"),
        ("of other scripts", "pa\u{df}w\u{f6}rt \u{2168}\u{ad} \u{6f22}\u{5b57}\u{304b}\u{306a}"),
    ] {
        let (ours, theirs) = (mailwire_sasl::saslprep(password), stringprep::saslprep(password));
        assert_eq!(ours.expect("a password"), theirs.expect("a password"));
        let mut group = c.benchmark_group(format!("sasl preparation of a password {name}"));
        group.bench_function("mailwire", |b| {
            b.iter(|| mailwire_sasl::saslprep(black_box(password)));
        });
        group.bench_function("stringprep", |b| {
            b.iter(|| {
                stringprep::saslprep(black_box(password)).map(|prepared| prepared.into_owned())
            });
        });
        group.finish();
    }
}

criterion_group!(all, benches);
criterion_main!(all);
