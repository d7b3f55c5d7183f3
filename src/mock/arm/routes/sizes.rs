//! The sizes of machines that the emulator offers.
//!
//! Source: learn.microsoft.com/azure/virtual-machines/sizes, the series named below.

/// A size of machine.
pub(super) struct Size {
    pub name: String,
    /// Whose quota it takes.
    pub family: &'static str,
    pub cores: i64,
    pub memory_gib: i64,
}

/// Sizes that differ by their cores alone: what stands before and behind the number, the family, the GiB of a core.
struct Series(&'static str, &'static str, &'static str, i64, &'static [i64]);

const USUAL: &[i64] = &[2, 4, 8, 16, 32, 48, 64];

const SERIES: [Series; 18] = [
    Series("D", "s_v5", "standardDSv5Family", 4, USUAL),
    Series("D", "ds_v5", "standardDDSv5Family", 4, USUAL),
    Series("D", "as_v5", "standardDASv5Family", 4, USUAL),
    Series("D", "ads_v5", "standardDADSv5Family", 4, USUAL),
    Series("D", "s_v6", "standardDSv6Family", 4, USUAL),
    Series("D", "ds_v6", "standardDDSv6Family", 4, USUAL),
    Series("E", "_v3", "standardEv3Family", 8, USUAL),
    Series("E", "as_v4", "standardEASv4Family", 8, USUAL),
    Series("E", "s_v5", "standardESv5Family", 8, USUAL),
    Series("E", "ds_v5", "standardEDSv5Family", 8, USUAL),
    Series("E", "as_v5", "standardEASv5Family", 8, USUAL),
    Series("E", "ads_v5", "standardEADSv5Family", 8, USUAL),
    Series("E", "bds_v5", "standardEBDSv5Family", 8, USUAL),
    Series("E", "bs_v5", "standardEBSv5Family", 8, USUAL),
    Series("E", "s_v6", "standardESv6Family", 8, USUAL),
    Series("E", "ds_v6", "standardEDSv6Family", 8, USUAL),
    Series("L", "s_v3", "standardLSv3Family", 8, &[8, 16, 32, 48, 64, 80]),
    Series("B", "s", "standardBSFamily", 4, &[2, 4, 8]),
];

/// Every size, series by series.
pub(super) fn all() -> impl Iterator<Item = Size> {
    SERIES
        .iter()
        .flat_map(|Series(before, behind, family, gib, cores)| {
            cores.iter().map(move |cores| Size {
                name: format!("Standard_{before}{cores}{behind}"),
                family,
                cores: *cores,
                memory_gib: cores * gib,
            })
        })
}

/// The size of a name, in any case.
pub(super) fn named(name: &str) -> Option<Size> {
    all().find(|size| size.name.eq_ignore_ascii_case(name))
}
