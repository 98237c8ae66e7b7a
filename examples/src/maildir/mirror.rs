//! A folder that mirrors a mailbox of a server: which message there is which file here stands in
//! the names of the files.
//!
//! ```text
//! 1795525139.M004711Q3P77.mailwire,S=812,W=812,M=k3vd82mq.17:2,FS
//! ```
//!
//! `M` is a word that was made up for this mailbox in its present life (UIDVALIDITY), and the
//! unique identifier. So a message and what it is appear by one rename, and a file that was moved
//! here from another folder is not taken for a message of this one.

use super::{Content, Draft, Maildir, name, sync_directory};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A folder of which the messages are those of a mailbox elsewhere.
#[derive(Debug)]
pub struct Mirror {
    directory: PathBuf,
}

/// A message that is here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Here {
    /// The name of the file without the flags.
    pub base: String,
    /// The word of the mailbox and the unique identifier, if the name has them.
    pub mark: Option<(String, u32)>,
    /// The letters of flags, and others.
    pub letters: String,
    /// The file lies in `new`.
    pub fresh: bool,
    /// It lies in `cur`, and its name does not even say that it has no flags.
    bare: bool,
}

impl Mirror {
    /// The folder of a name as IMAP writes it, made if there is none.
    ///
    /// # Errors
    ///
    /// Those of the files; `InvalidInput` when there cannot be one of that name.
    pub fn open(maildir: &Maildir, name: &str) -> io::Result<Self> {
        maildir.create(name)?;
        Ok(Self { directory: maildir.directory(name)? })
    }

    /// Where it lies.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// All messages, in the order of their names.
    ///
    /// # Errors
    ///
    /// Those of the files.
    pub fn scan(&self) -> io::Result<Vec<Here>> {
        let mut all = Vec::new();
        for (inner, fresh) in [("new", true), ("cur", false)] {
            for entry in fs::read_dir(self.directory.join(inner))? {
                let file_name = entry?.file_name();
                let Some(file_name) = file_name.to_str() else { continue };
                if !file_name.starts_with('.') {
                    all.push(Here::parse(file_name, fresh));
                }
            }
        }
        // While it is renamed from `new` to `cur` a file may be seen twice.
        all.sort_by(|a, b| (&a.base, a.fresh).cmp(&(&b.base, b.fresh)));
        all.dedup_by(|a, b| a.base == b.base);
        Ok(all)
    }

    /// Begins a message.
    ///
    /// # Errors
    ///
    /// Those of the file.
    pub fn draft(&self) -> io::Result<Draft> {
        Draft::begin(&self.directory)
    }

    /// Takes a finished message: it is on disk when this returns.
    ///
    /// # Errors
    ///
    /// Those of the files.
    pub fn add(&self, draft: &Draft, mark: (&str, u32), letters: &str) -> io::Result<Here> {
        let base = marked(&name::for_message(draft.size()), mark);
        let fresh = letters.is_empty();
        let here = Here {
            base,
            mark: Some((mark.0.to_owned(), mark.1)),
            letters: letters.to_owned(),
            fresh,
            bare: false,
        };
        draft.keep(&self.path(&here))?;
        self.sync(&here)?;
        Ok(here)
    }

    /// Gives a message other flags; letters that are no flags stay.
    ///
    /// # Errors
    ///
    /// Those of the files: `NotFound` when another program was faster.
    pub fn mark_flags(&self, here: &Here, letters: &str) -> io::Result<Here> {
        let mut all: Vec<char> = here.letters.chars().filter(|c| !FLAGS.contains(*c)).collect();
        all.extend(letters.chars());
        all.sort_unstable();
        let letters: String = all.into_iter().collect();
        // Who takes all flags away from a message has seen it.
        self.rename(here, Here { letters, fresh: false, bare: false, ..here.clone() })
    }

    /// Says which message this is, or with `None` that it is none of the mailbox.
    ///
    /// # Errors
    ///
    /// Those of the files: `NotFound` when another program was faster.
    pub fn identify(&self, here: &Here, mark: Option<(&str, u32)>) -> io::Result<Here> {
        let fields = here.base.split(',').filter(|field| !field.starts_with("M="));
        let plain = fields.collect::<Vec<_>>().join(",");
        let base = mark.map_or_else(|| plain.clone(), |mark| marked(&plain, mark));
        let mark = mark.map(|(word, uid)| (word.to_owned(), uid));
        self.rename(here, Here { base, mark, ..here.clone() })
    }

    /// Gives a message a name that no other has.
    ///
    /// # Errors
    ///
    /// Those of the files: `NotFound` when another program was faster.
    pub fn rename_anew(&self, here: &Here) -> io::Result<Here> {
        let base = name::unique();
        self.rename(here, Here { base, mark: None, ..here.clone() })
    }

    /// Removes a message; it is no error that it is gone.
    ///
    /// # Errors
    ///
    /// Those of the files.
    pub fn remove(&self, here: &Here) -> io::Result<()> {
        match fs::remove_file(self.path(here)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.sync(here),
        }
    }

    /// What a message says, and when it came.
    ///
    /// # Errors
    ///
    /// Those of the files: `NotFound` when another program was faster.
    pub fn content(&self, here: &Here) -> io::Result<(Content, SystemTime)> {
        let path = self.path(here);
        let date = fs::metadata(&path)?.modified()?;
        let length = fs::metadata(&path)?.len();
        // Another program may have changed it.
        let verbatim = name::size(&here.base) == Some(length);
        let size = if verbatim { length } else { Content::measure(&path)? };
        Ok((Content::new(fs::File::open(&path)?, verbatim, size), date))
    }

    fn rename(&self, from: &Here, to: Here) -> io::Result<Here> {
        if *from != to {
            fs::rename(self.path(from), self.path(&to))?;
            self.sync(&to)?;
        }
        Ok(to)
    }

    fn path(&self, here: &Here) -> PathBuf {
        match here.fresh {
            true => self.directory.join("new").join(&here.base),
            false if here.bare => self.directory.join("cur").join(&here.base),
            false => self.directory.join("cur").join(format!("{}:2,{}", here.base, here.letters)),
        }
    }

    fn sync(&self, here: &Here) -> io::Result<()> {
        sync_directory(&self.directory.join(if here.fresh { "new" } else { "cur" }))
    }
}

/// The letters that are flags on a server too.
const FLAGS: &str = "DFRST";

impl Here {
    fn parse(file_name: &str, fresh: bool) -> Self {
        let (base, info, bare) = match file_name.split_once(":2,") {
            Some((base, info)) if !fresh => (base, info, false),
            _ => (file_name, "", !fresh),
        };
        let mark = base.split(',').skip(1).find_map(|field| field.strip_prefix("M="));
        let mark = mark.and_then(|mark| mark.rsplit_once('.')).and_then(|(word, uid)| {
            Some((word.to_owned(), uid.parse().ok().filter(|uid| *uid != 0)?))
        });
        Self { base: base.to_owned(), mark, letters: info.to_owned(), fresh, bare }
    }

    /// The letters that are flags on a server too, sorted.
    #[must_use]
    pub fn flags(&self) -> String {
        FLAGS.chars().filter(|flag| self.letters.contains(*flag)).collect()
    }
}

fn marked(base: &str, (word, uid): (&str, u32)) -> String {
    format!("{base},M={word}.{uid}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use std::io::Read;

    #[test]
    fn a_message_keeps_who_it_is_whatever_happens_to_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let maildir = Maildir::open(dir.path()).unwrap();
        let mirror = Mirror::open(&maildir, "A/B").unwrap();
        let mut draft = mirror.draft().unwrap();
        draft.write(b"A: b\r\n\r\nc\r\n").unwrap();
        draft.finish(None).unwrap();

        let here = mirror.add(&draft, ("word", 17), "").unwrap();
        assert!(here.fresh && here.base.ends_with(",S=11,W=11,M=word.17"), "{here:?}");
        let here = mirror.mark_flags(&here, "FS").unwrap();
        assert_eq!(mirror.scan().unwrap(), std::slice::from_ref(&here));
        assert_eq!((here.flags().as_str(), here.mark.as_ref().unwrap().1), ("FS", 17));

        // Letters of other programs stay.
        let path = dir.path().join(".A.B/cur");
        let with_others = path.join(format!("{}:2,FPSa", here.base));
        fs::rename(path.join(format!("{}:2,FS", here.base)), with_others).unwrap();
        let here = mirror.scan().unwrap().pop().unwrap();
        let here = mirror.mark_flags(&here, "R").unwrap();
        assert_eq!((here.letters.as_str(), here.flags().as_str()), ("PRa", "R"));

        let here = mirror.identify(&here, Some(("other", 1))).unwrap();
        assert_eq!(mirror.scan().unwrap(), std::slice::from_ref(&here));
        assert_eq!(here.mark, Some(("other".into(), 1)));
        let (mut content, _) = mirror.content(&here).unwrap();
        let mut text = String::new();
        content.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), content.size()), ("A: b\r\n\r\nc\r\n", 11));

        let here = mirror.rename_anew(&here).unwrap();
        assert_eq!((mirror.scan().unwrap(), &here.mark), (vec![here.clone()], &None));
        mirror.remove(&here).unwrap();
        mirror.remove(&here).unwrap();
        assert_eq!(mirror.scan().unwrap(), []);
        assert!(mirror.mark_flags(&here, "S").is_err());
    }

    #[test]
    fn what_is_no_mark_is_none() {
        for name in ["1.x,M=word.0", "1.x,M=17", "1.x,U=17", "M=w.1", "1.x,M=w.4294967296"] {
            assert_eq!(Here::parse(name, true).mark, None, "{name}");
        }
    }
}
