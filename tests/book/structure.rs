//! Nothing of the book is left out: every page is reached, every block of code is compiled, every include and every link leads somewhere.

use std::collections::BTreeSet;

use crate::page::{self, Include, Page};

#[test]
fn every_page_is_in_the_summary_and_its_code_is_compiled() {
    let summary = Page::read("SUMMARY.md").source;
    let crate_of_pages = std::fs::read_to_string(page::folder().join("lib.rs")).unwrap();
    // A page that is still to be written has a name and no address.
    let listed: BTreeSet<_> = links(&summary).filter(|link| !link.is_empty()).map(str::to_owned).collect();
    let pages = page::pages();
    for page in &pages {
        assert!(listed.contains(&page.name), "SUMMARY.md does not list {}", page.name);
        let is_compiled = crate_of_pages.contains(&format!("include_str!(\"src/{}\")", page.name));
        let has_code = page.blocks().iter().any(|block| matches!(block.info.as_str(), "rust" | "rust,no_run"));
        assert!(is_compiled || !has_code, "docs/lib.rs does not compile {}", page.name);
    }
    assert_eq!(listed.len(), pages.len(), "SUMMARY.md lists a page that does not exist");
}

#[test]
fn no_block_of_code_escapes_the_compiler() {
    for page in page::pages() {
        for block in page.blocks() {
            let place = format!("{}, under {:?}", page.name, block.above);
            match block.info.as_str() {
                "rust" | "rust,no_run" | "text" | "sh" | "toml" | "python" | "ini" => {}
                // It comes whole from files that are built, or its words are compared with the compiler's.
                "rust,ignore" => {
                    let is_included = block.source.lines().all(|line| Include::of(line, &page.folder()).is_some());
                    assert!(is_included || page.name == "compile-errors.md", "{place}: this code is not compiled");
                }
                other => panic!("{place}: a block is marked {other:?}"),
            }
            let shown = page.shown(&block);
            assert!(!shown.contains("{{#"), "{place}: something is included that mdBook would not find");
            // What is not written for the book may be wider.
            let is_ours = page.name != "compile-errors.md" && !block.source.contains("../examples/");
            let is_program = block.info.starts_with("rust") && is_ours;
            let longest = shown
                .lines()
                .filter(|line| !line.trim_start().starts_with('#'))
                .map(|line| line.chars().count())
                .max()
                .unwrap_or_default();
            assert!(!is_program || longest <= WIDEST, "{place}: a line of {longest} characters has to be scrolled");
        }
    }
}

#[test]
fn every_feature_has_its_row() {
    let page = Page::read("features.md").source;
    let manifest = std::fs::read_to_string(page::folder().join("../repod/Cargo.toml")).unwrap();
    let features = manifest.split_once("[features]\n").unwrap().1.split_once("\n[").unwrap().0;
    let (_, default) = features.split_once("default = [").unwrap();
    let default = default.split(']').next().unwrap();
    for line in features.lines().filter(|line| line.starts_with(char::is_lowercase) && !line.starts_with("default")) {
        let feature = line.split(' ').next().unwrap();
        let is_default = if default.contains(&format!("\"{feature}\"")) { "yes" } else { "no" };
        let row = format!("| `{feature}` | {is_default} | ");
        assert!(page.contains(&row), "docs/src/features.md has no row that begins with {row}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    for page in page::pages() {
        let mut is_code = false;
        for line in page.source.lines() {
            is_code ^= line.starts_with("```");
            if is_code {
                continue;
            }
            if let Some(include) = Include::of(line, &page.folder()) {
                include.text();
            }
            for link in links(line).filter(|link| !link.contains("://")) {
                let (path, section) = link.split_once('#').unwrap_or((link, ""));
                let target =
                    if path.is_empty() { page.folder().join(file_name(&page.name)) } else { page.folder().join(path) };
                let Ok(file) = std::fs::read(&target) else { panic!("{}: {link} leads nowhere", page.name) };
                let text = String::from_utf8_lossy(&file);
                let is_there = section.is_empty() || text.lines().any(|line| anchor(line).as_deref() == Some(section));
                assert!(is_there, "{}: {link} leads to a section that does not exist", page.name);
            }
        }
    }
}

/// The targets of the links of a text.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap())
}

fn file_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap()
}

/// The name by which a heading is linked to, as mdBook makes it.
fn anchor(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').strip_prefix(' ')?;
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|part| part.is_alphanumeric() || " -_".contains(*part))
        .collect::<String>();
    Some(kept.replace(' ', "-"))
}

/// How many characters of code the book shows without a scroll bar.
const WIDEST: usize = 100;
