//! The labels of charsets, as mail has them.

use super::Charset;
#[cfg(feature = "encoding")]
use super::{high, whole};

/// How much of a label counts.
const LONGEST: usize = 40;

/// The charset that a label means; `None` when it means none: it is not known, or says so itself.
pub(super) fn find(label: &[u8]) -> Option<Charset> {
    let label = label.trim_ascii();
    let label = label.strip_prefix(b"charset=").unwrap_or(label);
    // Small letters and digits are what tells labels apart, for those who write them.
    let mut compact = [0; LONGEST];
    let mut n = 0;
    for (to, from) in compact.iter_mut().zip(label.iter().filter(|b| b.is_ascii_alphanumeric())) {
        *to = from.to_ascii_lowercase();
        n += 1;
    }
    let compact = core::str::from_utf8(compact.get(..n)?).ok()?;
    by_name(compact).or_else(|| by_number(compact)).or_else(|| by_table(compact, label))
}

fn by_name(compact: &str) -> Option<Charset> {
    Some(match compact {
        "utf8" | "uft8" | "utf08" | "utf88" | "utf8mb4" | "xutf8" | "unicode" | "unicode11utf8"
        | "unicode20utf8" | "xunicode20utf8" | "cesu8" | "utf8n" | "u8" => Charset::Utf8,
        "usascii" | "ascii" | "ansix341968" | "ansix341986" | "iso646us" | "us" | "iso646"
        | "iso646irv1991" | "isoir6" | "csascii" | "ascii7bit" | "7bit" | "usascii7"
        | "xusascii" | "usasci" | "asciius" => Charset::Ascii,
        "iso88591"
        | "latin1"
        | "l1"
        | "isolatin1"
        | "iso8859"
        | "88591"
        | "isoir100"
        | "iso885911987"
        | "csisolatin1"
        | "windows1252"
        | "win1252"
        | "xcp1252"
        | "ansi"
        | "westeuropean"
        | "xansi"
        | "ansix31101983"
        | "iso88591windows30latin1"
        | "iso88591w"
        | "xlatin1"
        | "isolatin"
        | "windows1252http"
        | "iso885911" => Charset::Windows1252,
        "utf7" | "unicode11utf7" | "unicode20utf7" | "xunicode20utf7" | "csunicode11utf7"
        | "csutf7" | "xutf7" => Charset::Utf7,
        "utf16" | "csutf16" | "iso10646ucs2" | "ucs2" | "csunicode" | "unicodefffe16" => {
            Charset::Utf16(None)
        }
        "utf16le" | "ucs2le" => Charset::Utf16(Some(super::Order::Little)),
        "utf16be" | "ucs2be" | "unicodefffe" => Charset::Utf16(Some(super::Order::Big)),
        "utf32" | "ucs4" | "iso10646ucs4" => Charset::Utf32(None),
        "utf32le" | "ucs4le" => Charset::Utf32(Some(super::Order::Little)),
        "utf32be" | "ucs4be" => Charset::Utf32(Some(super::Order::Big)),
        _ => return None,
    })
}

/// `cp437`, `ibm-437`, `437`, `x-cp-437`, `windows-1251`, `ms932`, ... and the numbers that Windows
/// has for charsets with names of their own.
fn by_number(compact: &str) -> Option<Charset> {
    let digits = compact.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let kind = compact.get(..compact.len() - digits.len())?;
    const KINDS: [&str; 17] = [
        "", "cp", "ibm", "ccsid", "oem", "dos", "xcp", "windows", "win", "ms", "xmscp", "xwin",
        "xibm", "codepage", "cspc", "xwindows", "msdos",
    ];
    if !KINDS.contains(&kind) {
        return None;
    }
    let number: u32 = digits.parse().ok()?;
    match number {
        65001 => Some(Charset::Utf8),
        65000 => Some(Charset::Utf7),
        20127 | 367 => Some(Charset::Ascii),
        1252 | 28591 | 819 => Some(Charset::Windows1252),
        1200 => Some(Charset::Utf16(Some(super::Order::Little))),
        1201 => Some(Charset::Utf16(Some(super::Order::Big))),
        number => numbered(number),
    }
}

#[cfg(not(feature = "encoding"))]
fn numbered(_number: u32) -> Option<Charset> {
    None
}

#[cfg(feature = "encoding")]
fn numbered(number: u32) -> Option<Charset> {
    use encoding_rs as e;
    let encoding = match number {
        932 | 943 | 31 => e::SHIFT_JIS,
        936 | 1386 | 51936 | 20936 => e::GBK,
        949 | 51949 | 970 | 1363 => e::EUC_KR,
        950 => e::BIG5,
        54936 => e::GB18030,
        50220..=50222 => e::ISO_2022_JP,
        20932 | 51932 => e::EUC_JP,
        50225 => return Some(Charset::Korean),
        50227 => return Some(Charset::Chinese),
        52936 => return Some(Charset::Hz),
        866 => e::IBM866,
        874 => e::WINDOWS_874,
        1250 => e::WINDOWS_1250,
        1251 => e::WINDOWS_1251,
        1253 => e::WINDOWS_1253,
        1254 => e::WINDOWS_1254,
        1255 => e::WINDOWS_1255,
        1256 => e::WINDOWS_1256,
        1257 => e::WINDOWS_1257,
        1258 => e::WINDOWS_1258,
        10000 => e::MACINTOSH,
        10007 => e::X_MAC_CYRILLIC,
        20866 | 878 => e::KOI8_R,
        21866 | 1168 => e::KOI8_U,
        28592 | 912 => e::ISO_8859_2,
        28593 | 913 => e::ISO_8859_3,
        28594 | 914 => e::ISO_8859_4,
        28595 | 915 => e::ISO_8859_5,
        28596 | 1089 => e::ISO_8859_6,
        28597 | 813 => e::ISO_8859_7,
        28598 | 916 => e::ISO_8859_8,
        28599 | 920 => e::WINDOWS_1254,
        28603 => e::ISO_8859_13,
        28605 | 923 => e::ISO_8859_15,
        number => return code_page(number),
    };
    Some(Charset::Encoding(encoding))
}

/// The code pages of tables of ours.
#[cfg(feature = "encoding")]
fn code_page(number: u32) -> Option<Charset> {
    let (table, name) = match number {
        437 => (&high::CP437, "cp437"),
        720 => (&high::CP720, "cp720"),
        737 => (&high::CP737, "cp737"),
        775 => (&high::CP775, "cp775"),
        850 => (&high::CP850, "cp850"),
        852 => (&high::CP852, "cp852"),
        855 => (&high::CP855, "cp855"),
        856 => (&high::CP856, "cp856"),
        857 => (&high::CP857, "cp857"),
        858 => (&high::CP858, "cp858"),
        860 => (&high::CP860, "cp860"),
        861 => (&high::CP861, "cp861"),
        862 => (&high::CP862, "cp862"),
        863 => (&high::CP863, "cp863"),
        864 => (&high::CP864, "cp864"),
        865 => (&high::CP865, "cp865"),
        869 => (&high::CP869, "cp869"),
        1006 => (&high::CP1006, "cp1006"),
        1125 => (&high::CP1125, "cp1125"),
        1051 => (&high::HP_ROMAN8, "hp-roman8"),
        154 => (&high::PTCP154, "ptcp154"),
        10006 => (&high::MAC_GREEK, "x-mac-greek"),
        10010 => (&high::MAC_ROMANIAN, "x-mac-romanian"),
        10029 => (&high::MAC_LATIN2, "x-mac-ce"),
        10079 => (&high::MAC_ICELAND, "x-mac-icelandic"),
        10081 => (&high::MAC_TURKISH, "x-mac-turkish"),
        10082 => (&high::MAC_CROATIAN, "x-mac-croatian"),
        number => {
            let (table, name) = match number {
                37 => (&whole::CP037, "cp037"),
                273 => (&whole::CP273, "cp273"),
                424 => (&whole::CP424, "cp424"),
                500 => (&whole::CP500, "cp500"),
                875 => (&whole::CP875, "cp875"),
                1026 => (&whole::CP1026, "cp1026"),
                1047 => (&whole::CP1047, "cp1047"),
                1140 => (&whole::CP1140, "cp1140"),
                _ => return None,
            };
            return Some(Charset::Whole(table, name));
        }
    };
    Some(Charset::High(table, name))
}

#[cfg(not(feature = "encoding"))]
fn by_table(_compact: &str, _label: &[u8]) -> Option<Charset> {
    None
}

#[cfg(feature = "encoding")]
fn by_table(compact: &str, label: &[u8]) -> Option<Charset> {
    use encoding_rs as e;
    let encoding = match compact {
        "hzgb2312" | "hz" | "hzgb" | "cshzgb2312" => return Some(Charset::Hz),
        "iso2022kr" | "csiso2022kr" => return Some(Charset::Korean),
        "iso2022cn" | "iso2022cnext" | "csiso2022cn" => return Some(Charset::Chinese),
        "cspc8codepage437" => return numbered(437),
        "cspc850multilingual" | "pcmultilingual850euro" => return numbered(850),
        "cspcp852" => return numbered(852),
        "ebcdiccpus" | "ebcdiccpca" | "ebcdiccpwt" | "ebcdiccpnl" | "ebcdicus" | "csibm037" => {
            return numbered(37);
        }
        "ebcdicinternational" | "ebcdiccpbe" | "ebcdiccpch" | "csibm500" => return numbered(500),
        "viscii" | "csviscii" | "viscii111" | "xviscii" => {
            return Some(Charset::Whole(&whole::VISCII, "viscii"));
        }
        "tcvn" | "tcvn5712" | "tcvn57121" | "tcvn571211993" | "xtcvn" | "xviettcvn5712"
        | "xviettcvn" => return Some(Charset::Whole(&whole::TCVN, "tcvn")),
        "armscii8" => return Some(Charset::High(&high::ARMSCII_8, "armscii-8")),
        "georgianps" => return Some(Charset::High(&high::GEORGIAN_PS, "georgian-ps")),
        "georgianacademy" => {
            return Some(Charset::High(&high::GEORGIAN_ACADEMY, "georgian-academy"));
        }
        "koi8ru" => return Some(Charset::High(&high::KOI8_RU, "koi8-ru")),
        "koi8t" => return Some(Charset::High(&high::KOI8_T, "koi8-t")),
        "kz1048" | "rk1048" | "strk10482002" => {
            return Some(Charset::High(&high::KZ1048, "kz-1048"));
        }
        "ptcp154" | "pt154" | "csptcp154" | "cyrillicasian" => return numbered(154),
        "hproman8" | "roman8" | "r8" | "cshproman8" => return numbered(1051),
        "mik" => return Some(Charset::High(&high::MIK, "mik")),
        "macgreek" | "xmacgreek" => return numbered(10006),
        "macromanian" | "xmacromanian" => return numbered(10010),
        "maclatin2" | "macce" | "xmacce" | "maccentraleurope" | "xmaccentraleurroman" => {
            return numbered(10029);
        }
        "maciceland" | "macicelandic" | "xmacicelandic" => return numbered(10079),
        "macturkish" | "xmacturkish" => return numbered(10081),
        "maccroatian" | "xmaccroatian" => return numbered(10082),
        "cp932" | "xmscp932" | "windows31j" | "shiftjis" | "shiftjisx0213" | "sjisx0213"
        | "sjis" | "xshiftjis" | "mskanji" | "xsjisms" | "shiftjis2004" => e::SHIFT_JIS,
        "gb2312" | "gb231280" | "xgbk" | "gbk" | "euccn" | "gb" | "chinesesimplified"
        | "gbk2312" | "xeuccn" | "cngb" => e::GBK,
        "gb180302000" | "gb18030" | "gb180302005" => e::GB18030,
        "big5" | "xbig5" | "big5hkscs" | "cnbig5" | "bigfive" | "chinesebig5" | "big5eten" => {
            e::BIG5
        }
        "euckr" | "ksc5601" | "ksc56011987" | "ksc56011989" | "ksc56011992" | "uhc"
        | "xwindows949" | "ksc56011987euckr" | "xeuckr" | "ks" | "korean" => e::EUC_KR,
        "eucjp" | "xeucjp" | "ujis" | "xeuc" | "eucjpms" | "xeucjpms" => e::EUC_JP,
        "iso2022jp" | "iso2022jp1" | "iso2022jp2" | "iso2022jp3" | "iso2022jp2004"
        | "iso2022jpms" | "xiso2022jp" | "jis" | "jis7" => e::ISO_2022_JP,
        "xuserdefined" | "userdefined" => return None,
        "koi8" | "koi8r" | "xkoi8r" | "kio8r" | "koi" => e::KOI8_R,
        "koi8u" | "xkoi8u" => e::KOI8_U,
        "cyrillic" => e::ISO_8859_5,
        compact => match encoding_rs::Encoding::for_label_no_replacement(label) {
            Some(encoding) => encoding,
            None => iso_8859(compact)?,
        },
    };
    Some(match encoding {
        e if e == encoding_rs::UTF_8 => Charset::Utf8,
        e if e == encoding_rs::WINDOWS_1252 => Charset::Windows1252,
        encoding => Charset::Encoding(encoding),
    })
}

/// `iso885915`, `isolatin9`, `885915euro`, ...: ISO 8859 whatever its punctuation.
#[cfg(feature = "encoding")]
fn iso_8859(compact: &str) -> Option<&'static encoding_rs::Encoding> {
    use encoding_rs as e;
    let at = compact.find("8859")?;
    let digits: &str = compact.get(at + 4..)?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    Some(match digits.get(..end.min(2))? {
        "10" => e::ISO_8859_10,
        "11" => e::WINDOWS_874,
        "13" => e::ISO_8859_13,
        "14" => e::ISO_8859_14,
        "15" => e::ISO_8859_15,
        "16" => e::ISO_8859_16,
        other => match other.get(..1)? {
            "1" => e::WINDOWS_1252,
            "2" => e::ISO_8859_2,
            "3" => e::ISO_8859_3,
            "4" => e::ISO_8859_4,
            "5" => e::ISO_8859_5,
            "6" => e::ISO_8859_6,
            "7" => e::ISO_8859_7,
            "8" if compact.ends_with('i') => e::ISO_8859_8_I,
            "8" => e::ISO_8859_8,
            "9" => e::WINDOWS_1254,
            _ => return None,
        },
    })
}
