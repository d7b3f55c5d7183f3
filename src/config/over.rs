//! Stacking of layers: what the nearer one says wins, key by key.

use std::collections::BTreeMap;

/// A value that can lie over another of its kind.
pub trait Over {
    /// What `self`, the nearer, and `far` say together.
    fn over(self, far: Self) -> Self;
}

impl<T: Over> Over for Option<T> {
    fn over(self, far: Self) -> Self {
        match (self, far) {
            (Some(near), Some(far)) => Some(near.over(far)),
            (near, far) => near.or(far),
        }
    }
}

impl<T: Over> Over for BTreeMap<String, T> {
    fn over(self, mut far: Self) -> Self {
        for (key, near) in self {
            let far_value = far.remove(&key);
            far.extend(Some(near).over(far_value).map(|value| (key, value)));
        }
        far
    }
}

/// Types of which the nearer value replaces the other whole.
macro_rules! replaces {
    ($($type:ty),* $(,)?) => {
        $(impl $crate::config::over::Over for $type {
            fn over(self, _far: Self) -> Self {
                self
            }
        })*
    };
}
pub(crate) use replaces;

replaces!(String, u32, u64);

impl<T> Over for Vec<T> {
    fn over(self, _far: Self) -> Self {
        self
    }
}
