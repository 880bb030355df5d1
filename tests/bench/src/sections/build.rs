//! What a user waits for: how long `hello` and a large enum take to compile, and how large the programs are.
//! Time at run time is the other sections' business.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::contest::Contest;
use crate::cores::Cores;
use crate::plan::Plan;
use crate::report::{Record, Report};

pub fn run(plan: &Plan, report: &mut Report) -> Result<()> {
    Cores::Free.bind_client()?;
    let workshop = Workshop::open()?;
    workshop.package("hello", &hello()?)?;
    let derive = "#[derive(repod::Action)]";
    workshop.package("hundred", &hundred("hundred", derive, ["repod::decode", "repod::encode"]))?;
    let derive = "#[derive(serde::Serialize, serde::Deserialize)]\n#[serde(tag = \"action\")]";
    let codec = ["rmp_serde::from_slice", "rmp_serde::to_vec_named"];
    workshop.package("hundred-serde", &hundred("hundred_serde", derive, codec))?;
    // What they depend on is built before time is taken.
    workshop.cargo(&["build", "--workspace"])?;

    let rivals = &["hello alone", "repod and hello"];
    let contest = Contest { section: NAME, case: HELLO.to_owned(), metrics: &METRICS, rivals };
    contest.rounds(plan.rounds, report, |index| {
        let packages = &["hello", "repod", "repod-derive"][..if index == 0 { 1 } else { 3 }];
        workshop.rebuild(packages, &["-p", "hello"])
    })?;
    let rivals = &["serde's tagged enum", "repod's derive"];
    let contest = Contest { section: NAME, case: HUNDRED.to_owned(), metrics: &METRICS, rivals };
    contest.rounds(plan.rounds, report, |index| {
        let package = ["hundred-serde", "hundred"][index];
        workshop.rebuild(&[package], &["-p", package, "--lib"])
    })?;

    workshop.cargo(&["build", "--workspace"])?;
    let mut profiles = vec![("debug", "build")];
    if !plan.is_quick {
        workshop.cargo(&["build", "--release", "--workspace"])?;
        profiles.push(("release", "build --release"));
    }
    for (folder, case) in profiles {
        for (programs, whose) in PROGRAMS {
            for (program, rival) in programs {
                let file = workshop.folder.join("target").join(folder).join(program);
                let values = vec![fs::metadata(&file)?.len() as f64];
                report.add(Record {
                    section: NAME,
                    case: format!("{whose}, {case}"),
                    rival,
                    metric: "bytes",
                    floor: "",
                    values,
                });
            }
        }
    }
    Ok(())
}

/// A workspace of its own, with its own target folder.
struct Workshop {
    folder: PathBuf,
}

impl Workshop {
    fn open() -> Result<Self> {
        let folder = root()?.join("target/bench-build");
        fs::create_dir_all(&folder)?;
        fs::write(
            folder.join("Cargo.toml"),
            "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\nexclude = [\"target\"]\n",
        )?;
        // The same versions as everywhere here.
        let _ = fs::copy(root()?.join("Cargo.lock"), folder.join("Cargo.lock"));
        Ok(Self { folder })
    }

    fn package(&self, name: &str, files: &[(String, String)]) -> Result<()> {
        let folder = self.folder.join(name);
        let repod = root()?.join("repod");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             repod = {{ path = {repod:?} }}\nrmp-serde = \"1.3\"\nserde = {{ version = \"1\", features = [\"derive\"] }}\n"
        );
        let all = files.iter().cloned().chain([("Cargo.toml".to_owned(), manifest)]);
        for (file, text) in all {
            let file = folder.join(file);
            fs::create_dir_all(file.parent().context("it lies in the package's folder")?)?;
            fs::write(file, text)?;
        }
        Ok(())
    }

    /// Builds something after some packages were forgotten: seconds that passed, and seconds of all cores.
    fn rebuild(&self, forgotten: &[&str], built: &[&str]) -> Result<Vec<f64>> {
        let mut clean = vec!["clean"];
        clean.extend(forgotten.iter().flat_map(|name| ["-p", name]));
        self.cargo(&clean)?;
        let (start, before) = (Instant::now(), children_seconds()?);
        self.cargo(&[&["build"], built].concat())?;
        Ok(vec![start.elapsed().as_secs_f64(), children_seconds()? - before])
    }

    fn cargo(&self, arguments: &[&str]) -> Result<()> {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .stdin(Stdio::null())
            .output()
            .context("cargo cannot be started")?;
        ensure!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }
}

/// The files of the README's first program.
fn hello() -> Result<Vec<(String, String)>> {
    let readme = fs::read_to_string(root()?.join("README.md"))?;
    ["src/lib.rs", "src/bin/server.rs", "src/bin/client.rs"]
        .into_iter()
        .map(|file| {
            let (_, behind) =
                readme.split_once(&format!("`{file}`")).with_context(|| format!("no {file} in the README"))?;
            let (_, code) = behind.split_once("```rust\n").context("no code behind it")?;
            let (code, _) = code.split_once("```").context("the code does not end")?;
            Ok((file.to_owned(), code.to_owned()))
        })
        .collect()
}

/// An enum of a hundred variants with four fields each, and a program that reads one and writes it.
fn hundred(library: &str, derive: &str, [decode, encode]: [&str; 2]) -> Vec<(String, String)> {
    let mut code = format!("{derive}\npub enum Message {{\n");
    for number in 0..100 {
        // Writing to a string cannot fail.
        let _ = writeln!(code, "    Variant{number} {{ x: f64, y: f64, id: u32, name: String }},");
    }
    code += "}\n";
    let program = format!(
        "use std::io::{{Read, Write, stdin, stdout}};\n\nfn main() {{\n    let mut frame = Vec::new();\n    \
         stdin().read_to_end(&mut frame).unwrap();\n    let message: {library}::Message = {decode}(&frame).unwrap();\n    \
         stdout().write_all(&{encode}(&message).unwrap()).unwrap();\n}}\n"
    );
    vec![("src/lib.rs".to_owned(), code), ("src/main.rs".to_owned(), program)]
}

fn root() -> Result<PathBuf> {
    Ok(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?)
}

/// The time that all processes had which this one started and saw end.
fn children_seconds() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let time = usage.user_time() + usage.system_time();
    Ok(time.num_microseconds() as f64 / 1e6)
}

/// The programs whose sizes are told, and what they are called there.
const PROGRAMS: [([(&str, &str); 2], &str); 2] = [
    ([("server", "server"), ("client", "client")], "programs of hello"),
    ([("hundred-serde", "serde's tagged enum"), ("hundred", "repod's derive")], "a program of 100 variants"),
];

const METRICS: [&str; 2] = ["s", "s of all cores"];

pub const NAME: &str = "build";
pub const HELLO: &str = "hello, everything else built";
pub const HUNDRED: &str = "an enum of 100 variants";
