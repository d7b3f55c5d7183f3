//! Which targets there are. A folder with a `target.yaml` is a target; nothing else registers it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use serde_json::{Map, Value};

use crate::model::name::TargetName;

use super::addition::{self, Addition};
use super::error::TemplateError;
use super::files::{self, File, Files};
use super::hints::Hints;
use super::target::Target;
use crate::model::nearest::nearest;

const TARGETS: &str = "targets";
const PARTIALS: &str = "partials";
const ADDONS: &str = "addons";
const FACTS: &str = "facts";
pub(super) const MANIFEST: &str = "target.yaml";

/// The templates: in the binary, under a folder of the user's, under an environment's own.
#[derive(Clone, Debug)]
pub struct Catalog {
    files: Files,
    /// The `templates/` folder of the environment.
    own: Option<Utf8PathBuf>,
}

impl Catalog {
    /// Lays `templates` (a folder laid out like the built-in one) over the built-in files, and the `templates/` of
    /// `environment_folder` over single files of the environment's target.
    ///
    /// # Errors
    ///
    /// [`TemplateError::NoTemplates`] when `templates` is no folder.
    pub fn open(
        templates: Option<&Utf8Path>,
        environment_folder: Option<&Utf8Path>,
    ) -> Result<Self, TemplateError> {
        Ok(Self {
            files: Files::open(templates)?,
            own: environment_folder.map(|folder| folder.join("templates")),
        })
    }

    /// The targets by name.
    ///
    /// # Errors
    ///
    /// [`TemplateError::Unreadable`] when a folder cannot be listed.
    pub fn targets(&self) -> Result<Vec<TargetName>, TemplateError> {
        let mut targets = Vec::new();
        for folder in self.files.folders(TARGETS)? {
            if let Ok(name) = TargetName::parse(&folder)
                && self
                    .files
                    .read(&format!("{TARGETS}/{folder}/{MANIFEST}"))?
                    .is_some()
            {
                targets.push(name);
            }
        }
        Ok(targets)
    }

    /// One target.
    ///
    /// # Errors
    ///
    /// [`TemplateError::UnknownTarget`] with the known ones, or what is wrong with the target's own files.
    pub fn target(&self, name: &TargetName) -> Result<Target, TemplateError> {
        let known: Vec<String> = self.targets()?.iter().map(ToString::to_string).collect();
        if !known.iter().any(|one| one == name.as_str()) {
            return Err(TemplateError::UnknownTarget {
                name: name.to_string(),
                nearest: nearest(name.as_str(), known.iter().map(String::as_str)).map(str::to_owned),
                known,
            });
        }
        self.refuse_strangers(name)?;
        Target::open(self, name)
    }

    /// What may be deployed beside a target, by the name of its folder.
    ///
    /// # Errors
    ///
    /// What is wrong with the addition's own files.
    pub fn addition(&self, name: &str) -> Result<Addition, TemplateError> {
        if let Some(own) = &self.own {
            refuse_unknown(&own.join(name), &self.addition_names(name, None)?, name)?;
        }
        Addition::open(self, name)
    }

    /// The folders of the additions that an environment may turn on, as [`Catalog::addition`] takes them, by name.
    ///
    /// # Errors
    ///
    /// [`TemplateError::Unreadable`] when a folder cannot be listed.
    pub fn addons(&self) -> Result<BTreeMap<String, String>, TemplateError> {
        let mut addons = BTreeMap::new();
        for name in self.files.folders(ADDONS)? {
            let folder = format!("{ADDONS}/{name}");
            if self
                .files
                .read(&format!("{folder}/{}", addition::MANIFEST))?
                .is_some()
            {
                addons.insert(name, folder);
            }
        }
        Ok(addons)
    }

    /// The parameters of every addition that may be turned on: completed for those of `on`, `null` for the others.
    ///
    /// # Errors
    ///
    /// [`TemplateError::UnknownAddon`], or what is wrong with the parameters.
    pub fn complete_addons(&self, on: &Map<String, Value>) -> Result<Map<String, Value>, TemplateError> {
        let known = self.addons()?;
        if let Some(name) = on.keys().find(|name| !known.contains_key(*name)) {
            return Err(TemplateError::UnknownAddon {
                name: name.clone(),
                nearest: nearest(name, known.keys().map(String::as_str)).map(str::to_owned),
                known: known.into_keys().collect(),
            });
        }
        let empty = Map::new();
        let mut addons = Map::new();
        for (name, folder) in &known {
            let parameters = match on.get(name) {
                Some(given) => {
                    let given = given.as_object().unwrap_or(&empty);
                    Value::Object(Addition::open(self, folder)?.complete(given)?)
                }
                None => Value::Null,
            };
            addons.insert(name.clone(), parameters);
        }
        Ok(addons)
    }

    /// A table of facts.
    pub(super) fn facts(&self, table: &str) -> Result<Option<File>, TemplateError> {
        self.files.read(&format!("{FACTS}/{table}.yaml"))
    }

    /// The advice on errors of Azure.
    ///
    /// # Errors
    ///
    /// What is wrong with `hints.yaml`.
    pub fn hints(&self) -> Result<Hints, TemplateError> {
        Hints::read(self.files.read("hints.yaml")?)
    }

    /// A file of a target, the environment's own before the others.
    pub(super) fn file(&self, target: &TargetName, name: &str) -> Result<Option<File>, TemplateError> {
        match self.own_file(name)? {
            Some(file) => Ok(Some(file)),
            None => self.files.read(&format!("{TARGETS}/{target}/{name}")),
        }
    }

    /// A file of an addition, the environment's own before the others.
    pub(super) fn addition_file(&self, addition: &str, name: &str) -> Result<Option<File>, TemplateError> {
        let path = format!("{addition}/{name}");
        match self.own_file(&path)? {
            Some(file) => Ok(Some(file)),
            None => self.files.read(&path),
        }
    }

    /// The names of the files of an addition, or of a folder in it.
    pub(super) fn addition_names(
        &self,
        addition: &str,
        folder: Option<&str>,
    ) -> Result<Vec<String>, TemplateError> {
        match folder {
            Some(folder) => self.files.files(&format!("{addition}/{folder}")),
            None => self.files.files(addition),
        }
    }

    /// The names of a target's files.
    pub(super) fn names(&self, target: &TargetName) -> Result<Vec<String>, TemplateError> {
        self.files.files(&format!("{TARGETS}/{target}"))
    }

    /// The names of the files in a folder of a target.
    pub(super) fn names_in(&self, target: &TargetName, folder: &str) -> Result<Vec<String>, TemplateError> {
        self.files.files(&format!("{TARGETS}/{target}/{folder}"))
    }

    /// Every partial with the name under which templates include it.
    pub(super) fn partials(&self) -> Result<Vec<(String, File)>, TemplateError> {
        let mut partials = Vec::new();
        for name in self.files.files(PARTIALS)? {
            let path = format!("{PARTIALS}/{name}");
            let own = self.own_file(&path)?;
            let file = match own {
                Some(file) => Some(file),
                None => self.files.read(&path)?,
            };
            if let (Some(stem), Some(file)) = (name.strip_suffix(".hbs"), file) {
                partials.push((stem.to_owned(), file));
            }
        }
        Ok(partials)
    }

    fn own_file(&self, name: &str) -> Result<Option<File>, TemplateError> {
        self.own
            .as_ref()
            .map_or(Ok(None), |own| files::read_if_there(&own.join(name)))
    }

    /// A file of the environment's that covers nothing would be ignored in silence: most likely its name is misspelt.
    fn refuse_strangers(&self, target: &TargetName) -> Result<(), TemplateError> {
        let Some(own) = &self.own else {
            return Ok(());
        };
        let places = [
            (own.clone(), self.names(target)?),
            (own.join(PARTIALS), self.files.files(PARTIALS)?),
        ];
        places
            .iter()
            .try_for_each(|(folder, known)| refuse_unknown(folder, known, target.as_str()))
    }
}

fn refuse_unknown(folder: &Utf8Path, known: &[String], covers: &str) -> Result<(), TemplateError> {
    for name in files::list(folder, false)? {
        if !known.contains(&name) {
            return Err(TemplateError::ReplacesNothing {
                path: folder.join(&name).to_string(),
                target: covers.to_owned(),
                nearest: nearest(&name, known.iter().map(String::as_str)).map(str::to_owned),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of templates with one small target, `tiny`.
    fn place() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let tiny = path.join("targets/tiny");
        std::fs::create_dir_all(&tiny).unwrap();
        let write = |name: &str, text: &str| std::fs::write(tiny.join(name), text).unwrap();
        write("target.yaml", include_str!("testing/target.yaml"));
        write(
            "parameters.schema.json",
            include_str!("testing/parameters.schema.json"),
        );
        write(
            "main.json.hbs",
            "{ \"resources\": [], \"parameters\": { \"n\": { \"type\": \"int\" } } }",
        );
        write(
            "values.json.hbs",
            "{ \"n\": { \"value\": {{json parameters.units}} } }",
        );
        (folder, path)
    }

    fn name(name: &str) -> TargetName {
        TargetName::parse(name).unwrap()
    }

    fn context(units: u64) -> crate::template::Context {
        let mut context = crate::template::Context::default();
        context.parameters.insert("units".to_owned(), units.into());
        context
    }

    #[test]
    fn a_new_folder_is_a_new_target_beside_the_built_in_ones() {
        let (_folder, path) = place();
        let built_in = Catalog::open(None, None).unwrap().targets().unwrap();
        let catalog = Catalog::open(Some(&path), None).unwrap();
        let all = catalog.targets().unwrap();
        assert!(all.contains(&name("tiny")) && built_in.iter().all(|target| all.contains(target)));
        let bundle = catalog
            .target(&name("tiny"))
            .unwrap()
            .render(&context(3))
            .unwrap();
        assert_eq!(bundle.parameters["parameters"]["n"]["value"], 3);
    }

    #[test]
    fn files_win_one_by_one_and_the_environments_own_win_over_all() {
        let (_folder, path) = place();
        let built_in = Catalog::open(None, None).unwrap().targets().unwrap().remove(0);
        let over = path.join(format!("targets/{built_in}"));
        std::fs::create_dir_all(&over).unwrap();
        std::fs::write(over.join("main.json.hbs"), "{ broken").unwrap();
        let target = Catalog::open(Some(&path), None)
            .unwrap()
            .target(&built_in)
            .unwrap();
        let example = target.examples().unwrap().remove(0);
        let error = target.render(&example.context).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("{over}/main.json.hbs:1:3: what the template renders to")),
            "{error}"
        );

        let environment = path.join("environments/dev");
        std::fs::create_dir_all(environment.join("templates")).unwrap();
        std::fs::write(
            environment.join("templates/values.json.hbs"),
            "{ \"n\": { \"value\": 7 } }",
        )
        .unwrap();
        let target = Catalog::open(Some(&path), Some(&environment))
            .unwrap()
            .target(&name("tiny"))
            .unwrap();
        assert_eq!(
            target.render(&context(3)).unwrap().parameters["parameters"]["n"]["value"],
            7
        );
    }

    #[test]
    fn a_file_of_the_environment_that_replaces_nothing_is_refused() {
        let (_folder, path) = place();
        let environment = path.join("dev");
        std::fs::create_dir_all(environment.join("templates")).unwrap();
        std::fs::write(environment.join("templates/main.jsn.hbs"), "{}").unwrap();
        let error = Catalog::open(Some(&path), Some(&environment))
            .unwrap()
            .target(&name("tiny"))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "`{environment}/templates/main.jsn.hbs` replaces no file of the target `tiny`; did you mean `main.json.hbs`?"
            )
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_told_with_its_path() {
        let (_folder, path) = place();
        let file = path.join("targets/tiny/main.json.hbs");
        std::fs::write(&file, [0xff, 0xfe]).unwrap();
        let catalog = Catalog::open(Some(&path), None).unwrap();
        let error = catalog
            .target(&name("tiny"))
            .unwrap()
            .render(&context(1))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot read the template file `{file}`")
        );
        assert!(std::error::Error::source(&error).is_some());
        std::fs::write(path.join("hints.yaml"), "hints:\n  - codes: [A]\n    hnt: x\n").unwrap();
        let error = catalog.hints().unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("{path}/hints.yaml:3:5: ")) && error.contains("hnt"),
            "{error}"
        );
    }

    #[test]
    fn an_unknown_target_is_told_with_the_nearest_and_all_others() {
        let (_folder, path) = place();
        let error = Catalog::open(Some(&path), None)
            .unwrap()
            .target(&name("tinny"))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("there is no target `tinny`; the targets are "),
            "{error}"
        );
        assert!(error.ends_with("; did you mean `tiny`?"), "{error}");
        let error = Catalog::open(Some(Utf8Path::new("/no/such/folder")), None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no folder of templates at `/no/such/folder`"
        );
    }

    #[test]
    fn a_target_that_contradicts_itself_is_refused_with_the_file() {
        let (_folder, path) = place();
        let manifest = path.join("targets/tiny/target.yaml");
        let text = include_str!("testing/target.yaml");
        let open = |text: String| {
            std::fs::write(&manifest, text).unwrap();
            let catalog = Catalog::open(Some(&path), None).unwrap();
            let target = catalog
                .target(&name("tiny"))
                .and_then(|target| target.render(&context(1)));
            target.unwrap_err().to_string()
        };
        assert!(open(text.replace("title:", "titel:")).starts_with(&format!("{manifest}:2:1: ")));
        assert_eq!(
            open(text.replace("version: 1", "version: 2")),
            format!("{manifest}: `version` is 2; this program understands 1")
        );
        assert_eq!(
            open(text.replace("{ parameter: units }", "{ parameter: unit }")),
            format!("{manifest}: `unit` is not a parameter of parameters.schema.json")
        );
        assert_eq!(
            open(text.replace("deploy: main.json.hbs", "deploy: man.json.hbs")),
            format!(
                "{manifest}: there is no file `man.json.hbs` in the target; did you mean `main.json.hbs`?"
            )
        );
    }

    #[test]
    fn values_and_parameters_of_the_deployment_must_agree() {
        let (_folder, path) = place();
        let error = |template: &str, values: &str| {
            std::fs::write(
                path.join("targets/tiny/main.json.hbs"),
                format!("{{ \"parameters\": {template} }}"),
            )
            .unwrap();
            std::fs::write(path.join("targets/tiny/values.json.hbs"), values).unwrap();
            let target = Catalog::open(Some(&path), None)
                .unwrap()
                .target(&name("tiny"))
                .unwrap();
            let error = target.render(&context(1)).unwrap_err().to_string();
            error.rsplit_once("values.json.hbs: ").unwrap().1.to_owned()
        };
        let number = r#"{ "units": { "type": "int" } }"#;
        assert_eq!(
            error(number, r#"{ "unit": { "value": 1 } }"#),
            "the template has no parameter `unit`; did you mean `units`?"
        );
        assert_eq!(
            error(number, "{}"),
            "the parameter `units` of the template has no value and no default"
        );
        assert_eq!(
            error(number, r#"{ "units": 1 }"#),
            "the parameter `units` needs one of `value` and `reference`"
        );
        let secret = r#"{ "key": { "type": "securestring" } }"#;
        let told = error(secret, r#"{ "key": { "value": "canary-secret" } }"#);
        assert_eq!(
            told,
            "the secret parameter `key` has a value written out; refer to a Key Vault instead"
        );
    }
}
