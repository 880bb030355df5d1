//! [`Page`]: a page of the book as a reader sees it, with its includes in their places, and its [`Block`]s of code.
//! What a page must hold is the tests' business.

use std::path::{Path, PathBuf};

/// A page of the book.
pub struct Page {
    /// The name of its file, such as `limits.md` or `tutorial/messages.md`.
    pub name: String,
    /// Its text as it is in the file.
    pub source: String,
}

/// A block of code on a page.
pub struct Block {
    /// What stands behind the fence, such as `rust,no_run`.
    pub info: String,
    /// Its text as it is in the file.
    pub source: String,
    /// The last line of text above it.
    pub above: String,
}

/// An include of a page: `{{#include FILE}}` or `{{#include FILE:ANCHOR}}`.
pub struct Include {
    pub path: PathBuf,
    pub anchor: Option<String>,
}

/// The folder of the book.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// All pages, the summary not among them, in the order of their names.
pub fn pages() -> Vec<Page> {
    let source = folder().join("src");
    let mut pages = Vec::new();
    find_pages(&source, &source, &mut pages);
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    pages.retain(|page| page.name != "SUMMARY.md");
    pages
}

fn find_pages(root: &Path, folder: &Path, pages: &mut Vec<Page>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_pages(root, &path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            pages.push(Page { name, source: std::fs::read_to_string(&path).unwrap() });
        }
    }
}

impl Page {
    /// The page of that name.
    pub fn read(name: &str) -> Self {
        let source = std::fs::read_to_string(folder().join("src").join(name)).unwrap();
        Self { name: name.to_owned(), source }
    }

    /// Its blocks of code, in order.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut above = String::new();
        let mut lines = self.source.lines();
        while let Some(line) = lines.next() {
            let Some(info) = line.strip_prefix("```") else {
                if !line.trim().is_empty() {
                    above = line.to_owned();
                }
                continue;
            };
            let source: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            blocks.push(Block { info: info.to_owned(), source: source.join("\n"), above: above.clone() });
        }
        blocks
    }

    /// The folder that its includes and its links begin at.
    pub fn folder(&self) -> PathBuf {
        folder().join("src").join(&self.name).parent().unwrap().to_owned()
    }

    /// A block with what it includes in its place.
    pub fn shown(&self, block: &Block) -> String {
        let mut text = String::new();
        for line in block.source.lines() {
            match Include::of(line, &self.folder()) {
                Some(include) => text.push_str(&include.text()),
                None => text.push_str(line),
            }
            text.push('\n');
        }
        text
    }
}

impl Include {
    /// The include that a line is, if it is one.
    pub fn of(line: &str, folder: &Path) -> Option<Self> {
        let target = line.strip_prefix("{{#include ")?.strip_suffix("}}")?;
        let (path, anchor) = match target.split_once(':') {
            Some((path, anchor)) => (path, Some(anchor.to_owned())),
            None => (target, None),
        };
        Some(Self { path: folder.join(path), anchor })
    }

    /// What it includes, as mdBook does: the lines between the anchor and its end, without the lines of other anchors.
    pub fn text(&self) -> String {
        let file = std::fs::read_to_string(&self.path)
            .unwrap_or_else(|error| panic!("{} is included: {error}", self.path.display()));
        let Some(anchor) = &self.anchor else { return file.trim_end().to_owned() };
        let mark = |line: &str, mark: &str| {
            let line = line.trim_start();
            let line = line.strip_prefix("// ").or_else(|| line.strip_prefix("<!-- "))?;
            Some(line.strip_prefix(mark)?.trim_end_matches(" -->").to_owned())
        };
        let mut lines = file.lines();
        assert!(
            lines.by_ref().any(|line| mark(line, "ANCHOR: ").as_ref() == Some(anchor)),
            "{} has no anchor {anchor}",
            self.path.display()
        );
        let mut text = Vec::new();
        for line in lines {
            if mark(line, "ANCHOR_END: ").as_ref() == Some(anchor) {
                return text.join("\n");
            }
            if !line.trim_start().starts_with("// ANCHOR") {
                text.push(line);
            }
        }
        panic!("the anchor {anchor} of {} does not end", self.path.display());
    }
}
