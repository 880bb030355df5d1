//! The tests that pages name as proof: each of them exists.

use std::path::{Path, PathBuf};

use crate::page::Page;

#[test]
fn the_tests_that_the_architecture_names_exist() {
    let page = std::fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    assert!(check("ARCHITECTURE.md", &page) > 80);
}

#[test]
fn every_section_of_the_guides_is_answered_by_tests_that_exist() {
    let page = Page::read("answers.md");
    check(&page.name, &page.source);
    let rows = page.source.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| section"));
    let mut count = 0;
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        assert!(check(&page.name, tests) > 0, "this row names no test: {row}");
        count += 1;
    }
    // Four sections of the guide to connections, and those of the guide to errors and recovery.
    assert!(count >= 20, "{count}");
}

/// Checks that the tests which a text names exist, and says how many it names.
fn check(page: &str, text: &str) -> usize {
    let sources = sources();
    let is_module = |module: &str| module.starts_with(char::is_lowercase);
    let is_test = |test: &str| test.contains('_') && test.chars().all(|part| part == '_' || part.is_alphanumeric());
    let mut checked = 0;
    for name in text.split('`').skip(1).step_by(2) {
        let Some((module, test)) = name.rsplit_once("::").filter(|(module, test)| is_module(module) && is_test(test))
        else {
            continue;
        };
        let module = module.rsplit("::").find(|module| *module != "tests").unwrap_or(module);
        let found = sources.iter().any(|(path, source)| {
            path.iter().any(|part| part == module || part == &*format!("{module}.rs"))
                && source.contains(&format!("fn {test}("))
        });
        assert!(found, "{page} names the test `{name}`, which does not exist");
        checked += 1;
    }
    checked
}

/// The sources that hold tests.
fn sources() -> Vec<(PathBuf, String)> {
    let mut sources = Vec::new();
    for folder in ["tests", "repod/src", "examples"] {
        read_sources(&repository().join(folder), &mut sources);
    }
    sources
}

fn read_sources(folder: &Path, sources: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            read_sources(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            sources.push((path, source));
        }
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
