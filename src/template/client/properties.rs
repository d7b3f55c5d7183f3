//! A file of Java properties, as far as settings of Kafka clients use the form.

/// Keys and values in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties(Vec<(String, String)>);

impl Properties {
    /// Reads `key=value` lines; comments and everything else are passed over.
    pub fn read(text: &str) -> Self {
        let line = |line: &str| {
            let line = line.trim();
            let (key, value) = line.split_once('=')?;
            (!line.starts_with(['#', '!'])).then(|| (key.trim().to_owned(), value.trim().to_owned()))
        };
        Self(text.lines().filter_map(line).collect())
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str())
    }

    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.push((key.to_owned(), value.into()));
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}
