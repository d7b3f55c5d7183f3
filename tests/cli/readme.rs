//! The README tells the truth: its commands exist, its exit codes are those of the program.

use crate::support::Scene;

#[test]
fn every_command_in_the_readme_is_understood() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let scene = Scene::new();
    let mut seen = 0;
    for line in readme
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("landfall "))
    {
        let words: Vec<&str> = line
            .split('#')
            .next()
            .unwrap()
            .split_whitespace()
            .skip(1)
            .collect();
        let mut arguments: Vec<&str> = words
            .iter()
            .map(|word| if *word == "ENV" { "local" } else { word })
            .collect();
        arguments.push("--help");
        let ran = scene.run(&arguments);
        assert_eq!(ran.code, 0, "`{line}`: {}", ran.stderr);
        seen += 1;
    }
    assert!(seen >= 12, "only {seen} commands");
}

#[test]
fn the_exit_codes_of_the_readme_are_those_of_the_program() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let source = std::fs::read_to_string("src/cli/exit.rs").unwrap();
    let codes: Vec<&str> = source
        .lines()
        .filter_map(|line| {
            line.trim()
                .strip_suffix(',')?
                .split_once(" = ")
                .map(|(_, code)| code)
        })
        .collect();
    assert_eq!(codes.len(), 10);
    for code in codes {
        assert!(
            readme.contains(&format!("| {code} |")),
            "exit code {code} is not in the README"
        );
    }
}
