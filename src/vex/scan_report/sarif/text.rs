//! Facts in the texts of results and rules. SARIF has no members for packages, so scanners write them as text.

/// The value of `NAME: VALUE` on a line of its own, without the spaces around it. Docker Scout pads the names.
pub(super) fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    })
}

/// A package in the message of a result of Grype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GrypeMessage<'a> {
    /// The package type of Syft.
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    /// Whether an image was scanned.
    pub(super) is_image: bool,
}

/// Reads the message of a result of Grype, in either of the two forms of its versions.
pub(super) fn grype_message(text: &str) -> Option<GrypeMessage<'_>> {
    // `A low vulnerability in deb package: tar, version 1.34 was found in image NAME at: PATH`
    if let Some((_, rest)) = text.split_once(" vulnerability in ")
        && let Some((kind, rest)) = rest.split_once(" package: ")
        && let Some((package, place)) = rest.rsplit_once(" was found in ")
        && let Some((name, version)) = package.rsplit_once(", version ")
    {
        let is_image = place.starts_with("image ");
        return Some(GrypeMessage { kind, name, version: version.trim(), is_image });
    }
    // `The path PATH reports tar at version 1.34  which is a vulnerable (deb) package installed in the container`
    let (package, rest) = text.rsplit_once(" which ")?;
    let (_, package) = package.rsplit_once(" reports ")?;
    let (name, version) = package.rsplit_once(" at version ")?;
    let kind = rest.split_once('(')?.1.split_once(')')?.0;
    let is_image = rest.ends_with("in the container");
    Some(GrypeMessage { kind, name, version: version.trim(), is_image })
}

/// The image and the layer in the qualified name of a location of Grype: `IMAGE@LAYER:PATH`.
pub(super) fn grype_location(name: &str) -> Option<(&str, Option<&str>)> {
    let (before, path) = name.rsplit_once(":/")?;
    let _ = path;
    let (image, layer) = before.rsplit_once('@')?;
    let is_digest = layer
        .strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    Some((image, is_digest.then_some(layer)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_on_lines_of_their_own() {
        let text =
            "Package: libc6\nInstalled Version: 2.36-9+deb12u4\n  Fixed version   : 1:2.0 \nFixed Version: ";
        assert_eq!(field(text, "Package"), Some("libc6"));
        assert_eq!(field(text, "Installed Version"), Some("2.36-9+deb12u4"));
        assert_eq!(field(text, "Fixed version"), Some("1:2.0"));
        assert_eq!(field(text, "Fixed Version"), Some(""));
        assert_eq!(field(text, "Version"), None);
    }

    #[test]
    fn both_messages_of_grype_name_the_package() {
        let old = "The path /usr/share/doc/tar/copyright reports tar at version 1.34+dfsg-1.2  which is a vulnerable \
                   (deb) package installed in the container";
        let new =
            "A low vulnerability in deb package: tar, version 1.34+dfsg-1.2 was found in image nginx at: /x";
        let expected = GrypeMessage { kind: "deb", name: "tar", version: "1.34+dfsg-1.2", is_image: true };
        assert_eq!(grype_message(old), Some(expected));
        assert_eq!(grype_message(new), Some(expected));
        assert_eq!(grype_message("something else"), None);
    }

    #[test]
    fn locations_of_grype_name_image_and_layer() {
        let layer = format!("sha256:{}", "5".repeat(64));
        let name = format!("nginx@sha256:{}@{layer}:/usr/share", "1".repeat(64));
        let image = format!("nginx@sha256:{}", "1".repeat(64));
        assert_eq!(grype_location(&name), Some((image.as_str(), Some(layer.as_str()))));
        assert_eq!(grype_location("user-input@:/somefile-1.txt"), Some(("user-input", None)));
        assert_eq!(grype_location("/path"), None);
    }
}
