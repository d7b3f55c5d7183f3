//! Resource ids put together from a type and names.

const GROUPS: &str = "Microsoft.Resources/resourceGroups";

/// Joins `Namespace/type/child` and `name`, `childName` to `Namespace/type/name/child/childName` behind `scope`.
///
/// # Errors
///
/// A sentence when the names do not fit the type.
pub fn join_id(scope: &str, resource_type: &str, names: &[String]) -> Result<String, String> {
    let mut segments = resource_type.split('/').filter(|segment| !segment.is_empty());
    let namespace = segments.next().unwrap_or_default();
    let types: Vec<&str> = segments.collect();
    let names: Vec<&str> = names.iter().flat_map(|name| name.split('/')).collect();
    if types.is_empty() || types.len() != names.len() || names.iter().any(|name| name.is_empty()) {
        return Err(format!(
            "unable to evaluate the resource id: the type '{resource_type}' takes {} names, {} were given",
            types.len(),
            names.len()
        ));
    }
    // A group has a place of its own in ids.
    if format!("{namespace}/{}", types.join("/")).eq_ignore_ascii_case(GROUPS)
        && scope.split('/').count() == 3
    {
        return Ok(format!("{scope}/resourceGroups/{}", names.join("/")));
    }
    let mut id = format!("{}/providers/{namespace}", scope.trim_end_matches('/'));
    for (kind, name) in types.iter().zip(&names) {
        id.push('/');
        id.push_str(kind);
        id.push('/');
        id.push_str(name);
    }
    Ok(id)
}
