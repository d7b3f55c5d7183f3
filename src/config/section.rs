//! One table per section: the keys of a file, their types, and what a person is told about them.
//!
//! `section!` makes of each table the struct, its decoder, its stacking and its JSON Schema, so that a key is added
//! in one place. Every field is optional here; what is required is known only when all layers are stacked.

/// Declares a section of the configuration.
macro_rules! section {
    (
        $(#[$about:meta])*
        $name:ident { $( $(#[$field_about:meta])* $field:ident: $type:ty, )* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, ::schemars::JsonSchema)]
        #[schemars(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct $name {
            $( $(#[$field_about])* pub $field: Option<$type>, )*
        }

        impl $crate::config::decode::Decode for $name {
            fn decode(
                node: &$crate::config::node::Node,
                at: &str,
                reader: &mut $crate::config::decode::Reader<'_>,
            ) -> Option<Self> {
                let known = [$( stringify!($field).replace('_', "-") ),*];
                let section = reader.section(node, at, &known)?;
                Some(Self { $( $field: section.take(&stringify!($field).replace('_', "-"), reader), )* })
            }
        }

        impl $crate::config::over::Over for $name {
            fn over(self, far: Self) -> Self {
                Self { $( $field: $crate::config::over::Over::over(self.$field, far.$field), )* }
            }
        }
    };
}
pub(crate) use section;
