//! Descriptions of MCP servers (`server.json`).

use serde::Deserialize;

use super::names;
use super::page::{Description, Page, TableBuilder};
use super::read::{Member, ShapeError, Text};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Server<'a> {
    /// Responses of an MCP registry wrap the file in this member.
    #[serde(borrow)]
    server: Member<'a>,
    name: Text,
    title: Text,
    description: Text,
    version: Text,
    website_url: Text,
    #[serde(borrow)]
    repository: Member<'a>,
    #[serde(borrow)]
    packages: Member<'a>,
    #[serde(borrow)]
    remotes: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Repository {
    url: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Package<'a> {
    registry_type: Text,
    identifier: Text,
    version: Text,
    #[serde(borrow)]
    transport: Member<'a>,
    #[serde(borrow)]
    environment_variables: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Remote {
    #[serde(rename = "type")]
    kind: Text,
    url: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Variable {
    name: Text,
    is_required: Text,
    is_secret: Text,
}

pub(super) fn summary(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let mut server: Server<'_> = predicate.object().ok_or(ShapeError("a server description is an object"))?;
    if let (None, Some(wrapped)) = (server.name.get(), server.server.object()) {
        server = wrapped;
    }
    let name = server.name.get().ok_or(ShapeError("a server description has a `name`"))?;
    let version = server.version.get().map(|version| format!(" {version}")).unwrap_or_default();
    let line = format!("{name}{version}");
    let mut page = Page::default();
    page.add_fact("server", name);
    page.add_text("title", &server.title);
    page.add_text("version", &server.version);
    page.add_text("description", &server.description);
    page.add_text("website", &server.website_url);
    let repository = server.repository.object_or_empty::<Repository>().url;
    page.add_fact("repository", repository.get().map(names::uri).unwrap_or_default());
    let mut packages = TableBuilder::new("packages", &["KIND", "PACKAGE", "VERSION", "TRANSPORT"]);
    let mut variables = TableBuilder::new("environment variables", &["NAME", "REQUIRED", "SECRET"]);
    server.packages.each_object(|package: Package<'_>| {
        let transport: Remote = package.transport.object_or_empty();
        packages.add_row([
            package.registry_type.cell(),
            package.identifier.cell(),
            package.version.cell(),
            transport.kind.cell(),
        ]);
        package.environment_variables.each_object(|variable: Variable| {
            let yes = |text: &Text| if text.get() == Some("true") { "yes" } else { "-" }.to_owned();
            variables.add_row([variable.name.cell(), yes(&variable.is_required), yes(&variable.is_secret)]);
        });
    });
    let mut remotes = TableBuilder::new("remotes", &["KIND", "URL"]);
    server.remotes.each_object(|remote: Remote| remotes.add_row([remote.kind.cell(), remote.url.cell()]));
    page.add_table(packages);
    page.add_table(variables);
    page.add_table(remotes);
    Ok(Description { line, page })
}
