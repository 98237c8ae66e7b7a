//! The crates that decode whole groups: base64, or encodify, which takes lines as they are.

#[cfg(not(feature = "encodify"))]
pub(super) use by_base64::{Joined, WINDOW, lines, whole};
#[cfg(feature = "encodify")]
pub(super) use by_encodify::{Joined, WINDOW, lines, whole};

#[cfg(feature = "encodify")]
mod by_encodify {
    use crate::encoding::base64::bulk::Line;
    use alloc::vec::Vec;

    /// How many octets are looked at for the end of the first line, and handed on at a time.
    pub(in crate::encoding::base64) const WINDOW: usize = 64 * 1024;

    /// Lines need not be joined.
    #[derive(Default)]
    pub(in crate::encoding::base64) struct Joined(());

    /// True when everything was in the alphabet, white space or padding, and is appended.
    pub(in crate::encoding::base64) fn whole(body: &[u8], out: &mut Vec<u8>) -> bool {
        encodify::base64::MIME.decode_append(body, out).is_ok()
    }

    /// True when everything was in the alphabet, and is appended.
    pub(in crate::encoding::base64) fn lines(
        block: &[u8],
        line: &Line<'_>,
        n: usize,
        _: &mut Joined,
        out: &mut Vec<u8>,
    ) -> bool {
        let before = out.len();
        let ok = encodify::base64::MIME.decode_append(block, out).is_ok();
        // It skips white space and takes padding: then there is less than there should be.
        if ok && out.len() - before == line.data / 4 * 3 * n {
            return true;
        }
        out.truncate(before);
        false
    }
}

#[cfg(not(feature = "encodify"))]
mod by_base64 {
    use crate::encoding::base64::bulk::Line;
    use alloc::vec::Vec;
    use base64::Engine as _;

    /// How many octets are looked at for the end of the first line, and handed on at a time.
    pub(in crate::encoding::base64) const WINDOW: usize = 8192;

    /// Lines without their ends.
    pub(in crate::encoding::base64) struct Joined([u8; WINDOW]);

    impl Default for Joined {
        fn default() -> Self {
            Self([0; WINDOW])
        }
    }

    /// Never: bodies have line ends.
    pub(in crate::encoding::base64) fn whole(_: &[u8], _: &mut Vec<u8>) -> bool {
        false
    }

    /// True when everything was in the alphabet, and is appended.
    pub(in crate::encoding::base64) fn lines(
        block: &[u8],
        line: &Line<'_>,
        n: usize,
        joined: &mut Joined,
        out: &mut Vec<u8>,
    ) -> bool {
        let groups = if n == 1 {
            block.get(..line.data)
        } else {
            joined.join(block, line);
            joined.0.get(..n * line.data)
        };
        let groups = groups.unwrap_or_default();
        let before = out.len();
        out.resize(before + groups.len() / 4 * 3, 0);
        let to = out.get_mut(before..).unwrap_or_default();
        if super::engine().decode_slice_unchecked(groups, to).is_ok() {
            return true;
        }
        out.truncate(before);
        false
    }

    impl Joined {
        /// Copies of known lengths are a few instructions.
        fn join(&mut self, block: &[u8], line: &Line<'_>) {
            match line.data {
                76 => self.join_of::<76>(block, line),
                72 => self.join_of::<72>(block, line),
                64 => self.join_of::<64>(block, line),
                60 => self.join_of::<60>(block, line),
                data => {
                    let lines = block.chunks_exact(line.whole());
                    for (from, to) in lines.zip(self.0.chunks_exact_mut(data)) {
                        if let Some(from) = from.get(..data) {
                            to.copy_from_slice(from);
                        }
                    }
                }
            }
        }

        fn join_of<const N: usize>(&mut self, block: &[u8], line: &Line<'_>) {
            let lines = block.chunks_exact(line.whole());
            for (from, to) in lines.zip(self.0.chunks_exact_mut(N)) {
                if let Some((from, to)) = from.first_chunk::<N>().zip(to.first_chunk_mut()) {
                    *to = *from;
                }
            }
        }
    }
}

/// The vector instructions that the processor says it has.
#[cfg(all(
    not(feature = "encodify"),
    feature = "std",
    any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))
))]
pub(crate) fn engine() -> &'static base64::engine::Simd {
    use base64::engine::Simd;
    use base64::engine::general_purpose::NO_PAD;
    static ENGINE: std::sync::LazyLock<Simd> = std::sync::LazyLock::new(|| Simd::standard(NO_PAD));
    &ENGINE
}

#[cfg(not(any(
    feature = "encodify",
    all(
        feature = "std",
        any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))
    )
)))]
pub(crate) fn engine() -> &'static base64::engine::GeneralPurpose {
    &base64::engine::general_purpose::STANDARD_NO_PAD
}
