//! Composes documents from the events of the parser.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StructureStyle, Tag};

use super::limits::{YAML_DEPTH, YAML_DOCUMENTS, YAML_NODES};
use super::value::{Node, NodeKind};
use super::{Document, Error};
use crate::limits::Exceeded;

/// Reads the documents of `text`, one after another. `file` names the text in errors.
///
/// # Errors
///
/// [`Error::Unreadable`] or [`Error::Exceeded`] in place of a document. The iterator ends after an error.
pub fn documents<'a>(text: &'a str, file: &'a str) -> impl Iterator<Item = Result<Document, Error>> + 'a {
    let mut options = Options::default();
    options.disallow_directives = true;
    options.flow_nesting_limit = YAML_DEPTH;
    options.block_nesting_limit = YAML_DEPTH;
    let mut composer = Composer {
        parser: Parser::new_from_str_with_options(text, options),
        file,
        text,
        number: 0,
        document: None,
        open: Vec::new(),
        anchors: HashMap::new(),
        merged: 0,
    };
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let next = match composer.number {
            0 => check_line_breaks(text, file).and_then(|()| composer.next()),
            _ => composer.next(),
        };
        ended = !matches!(next, Ok(Some(_)));
        next.transpose()
    })
}

/// Refuses characters that end a line for readers of YAML 1.1 but not for those of 1.2: the same text would be a
/// comment for one and content for the other. Readers also disagree on a byte order mark inside a text.
fn check_line_breaks(text: &str, file: &str) -> Result<(), Error> {
    let foreign = |c: char| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    let mark = text.char_indices().skip(1).find(|(_, c)| *c == '\u{feff}').map(|(at, _)| at);
    let Some(at) = text.find(foreign).into_iter().chain(mark).min() else { return Ok(()) };
    let before = text.get(..at).unwrap_or_default();
    let c = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, u32::from);
    Err(Error::Unreadable {
        file: file.to_owned(),
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: Some(before.rsplit('\n').next().unwrap_or_default().chars().count() + 1),
        cause: format!("the character U+{c:04X} ends a line for some readers and not for others"),
    })
}

/// A collection that has not ended.
struct OpenCollection {
    id: usize,
    anchor: usize,
    /// Written with brackets.
    flow: bool,
    /// Children so far. In a mapping, keys and values alternate.
    children: Vec<usize>,
}

struct Composer<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    file: &'a str,
    text: &'a str,
    number: usize,
    document: Option<Document>,
    open: Vec<OpenCollection>,
    /// Finished nodes by anchor.
    anchors: HashMap<usize, usize>,
    /// Aliases and merged members of the document.
    merged: usize,
}

impl Composer<'_> {
    fn next(&mut self) -> Result<Option<Document>, Error> {
        while let Some(event) = self.parser.next_event() {
            let (event, span) = event.map_err(|error| {
                let marker = error.marker();
                let (line, column) = (marker.line(), marker.col() + 1);
                let cause = format!("{} (column {column})", error.info());
                Error::Unreadable { file: self.file.to_owned(), line, column: Some(column), cause }
            })?;
            let line = span.start.line();
            match event {
                Event::DocumentStart(..) => {
                    self.number += 1;
                    if self.number > YAML_DOCUMENTS {
                        return Err(self.exceeded(
                            line,
                            "a stream of documents",
                            YAML_DOCUMENTS,
                            "documents",
                        ));
                    }
                    self.anchors.clear();
                    self.merged = 0;
                    self.document =
                        Some(Document { number: self.number, line, nodes: Vec::new(), root: None });
                }
                Event::DocumentEnd => {
                    if let Some(document) = self.document.take() {
                        return Ok(Some(document));
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let plain = style == ScalarStyle::Plain;
                    if plain && self.open.last().is_some_and(|open| open.flow) {
                        self.check_flow_text(&text, line)?;
                    }
                    let (tag, tagged) = custom_tag(tag.as_deref(), "str");
                    let kind = NodeKind::Scalar { text: text.into_owned(), plain, tagged };
                    let id = self.add(kind, tag, &span)?;
                    self.attach(id, anchor, line)?;
                }
                Event::SequenceStart(style, anchor, tag) => {
                    let id =
                        self.add(NodeKind::Sequence(Vec::new()), custom_tag(tag.as_deref(), "seq").0, &span)?;
                    let flow = style == StructureStyle::Flow;
                    self.open.push(OpenCollection { id, anchor, flow, children: Vec::new() });
                }
                Event::MappingStart(style, anchor, tag) => {
                    let id =
                        self.add(NodeKind::Mapping(Vec::new()), custom_tag(tag.as_deref(), "map").0, &span)?;
                    let flow = style == StructureStyle::Flow;
                    self.open.push(OpenCollection { id, anchor, flow, children: Vec::new() });
                }
                Event::SequenceEnd => {
                    if let Some(OpenCollection { id, anchor, children, flow }) = self.open.pop() {
                        self.end(id, flow, &children, &span);
                        self.set(id, NodeKind::Sequence(children));
                        self.attach(id, anchor, line)?;
                    }
                }
                Event::MappingEnd => {
                    if let Some(OpenCollection { id, anchor, children, flow }) = self.open.pop() {
                        self.end(id, flow, &children, &span);
                        let members = self.mapping_members(&children)?;
                        self.set(id, NodeKind::Mapping(members));
                        self.attach(id, anchor, line)?;
                    }
                }
                Event::Alias(anchor) => {
                    let Some(id) = self.anchors.get(&anchor).copied() else {
                        let cause = "an alias is inside the node that it names".to_owned();
                        return Err(self.unreadable(line, cause));
                    };
                    self.attach(id, 0, line)?;
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// Refuses plain scalars in flow collections that begin with `?` or `:`. Readers of YAML 1.1 (kubectl, the API
    /// server, PyYAML) take the character for a key or value indicator, even without white space after it.
    fn check_flow_text(&self, text: &str, line: usize) -> Result<(), Error> {
        if !text.starts_with(['?', ':']) {
            return Ok(());
        }
        let mark = if text.starts_with('?') { '?' } else { ':' };
        let cause = format!(
            "inside brackets some readers take the `{mark}` of `{text}` for an indicator; write the text in \
             quotes, or a space after the `{mark}`"
        );
        Err(self.unreadable(line, cause))
    }

    fn add(&mut self, kind: NodeKind, tag: Option<String>, span: &Span) -> Result<usize, Error> {
        let line = span.start.line();
        let range = span.byte_range().unwrap_or(self.text.len()..self.text.len());
        let nodes = self.document.as_mut().map(|document| &mut document.nodes);
        let id = match nodes {
            Some(nodes) if nodes.len() < YAML_NODES => {
                nodes.push(Node { kind, tag, line, range });
                nodes.len() - 1
            }
            _ => return Err(self.exceeded(line, "a document", YAML_NODES, "values")),
        };
        Ok(id)
    }

    /// Extends the range of a collection to its end: the bracket, or the end of its last child.
    fn end(&mut self, id: usize, flow: bool, children: &[usize], span: &Span) {
        let nodes = self.document.as_ref().map(|document| document.nodes.as_slice()).unwrap_or_default();
        // Aliases name nodes before the collection. The place of an empty value is behind it.
        let written =
            |child: &&usize| nodes.get(**child).is_some_and(|node| **child > id && !node.range.is_empty());
        let last = children.iter().rev().find(written).and_then(|child| nodes.get(*child));
        let end = match flow {
            true => span.byte_range().map(|range| range.end),
            false => last.map(|node| node.range.end),
        };
        if let Some(node) = self.document.as_mut().and_then(|document| document.nodes.get_mut(id)) {
            node.range.end = node.range.end.max(end.unwrap_or_default());
        }
    }

    fn set(&mut self, id: usize, kind: NodeKind) {
        if let Some(node) = self.document.as_mut().and_then(|document| document.nodes.get_mut(id)) {
            node.kind = kind;
        }
    }

    /// Adds a finished node, or an alias of one, to the collection or document that contains it.
    fn attach(&mut self, id: usize, anchor: usize, line: usize) -> Result<(), Error> {
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        // Aliases are children but not nodes: they are limited like merged members.
        self.merged += 1;
        if self.merged > 2 * YAML_NODES {
            return Err(self.exceeded(line, "a document", YAML_NODES, "values"));
        }
        match (self.open.last_mut(), self.document.as_mut()) {
            (Some(open), _) => open.children.push(id),
            (None, Some(document)) => document.root = Some(id),
            (None, None) => {}
        }
        Ok(())
    }

    /// Keys and values of a mapping that has ended: its own members, then merged ones.
    fn mapping_members(&mut self, children: &[usize]) -> Result<Vec<(usize, usize)>, Error> {
        let nodes = self.document.as_ref().map(|document| document.nodes.as_slice()).unwrap_or_default();
        let mut own = Vec::with_capacity(children.len() / 2);
        let mut names = HashSet::new();
        let mut before_merge = HashSet::new();
        let mut merge = None;
        for pair in children.chunks_exact(2) {
            let &[key, value] = pair else { continue };
            let Some(node) = nodes.get(key) else { continue };
            let NodeKind::Scalar { text, plain, tagged } = &node.kind else {
                return Err(self.unreadable(node.line, "a key is not a string".to_owned()));
            };
            if let Some(tag) = &node.tag {
                return Err(self.unreadable(node.line, format!("the key `{text}` has the tag `{tag}`")));
            }
            if !names.insert(text.as_str()) {
                return Err(self.unreadable(node.line, format!("`{text}` occurs twice in one mapping")));
            }
            if text == "<<" {
                // Then JSON and most YAML readers take it for an ordinary member.
                if !*plain || *tagged {
                    let cause = "`<<` merges only if it is written without quotes and tag".to_owned();
                    return Err(self.unreadable(node.line, cause));
                }
                before_merge.clone_from(&names);
                merge = Some((node.line, value));
            } else {
                own.push((key, value));
            }
        }
        let Some((line, value)) = merge else { return Ok(own) };
        let merged: Vec<usize> = match nodes.get(value).map(|node| &node.kind) {
            Some(NodeKind::Mapping(_)) => vec![value],
            Some(NodeKind::Sequence(items)) => items.clone(),
            _ => return Err(self.unreadable(line, "`<<` merges something that is not a mapping".to_owned())),
        };
        let mut count = 0;
        for id in merged {
            let Some(NodeKind::Mapping(members)) = nodes.get(id).map(|node| &node.kind) else {
                return Err(self.unreadable(line, "`<<` merges something that is not a mapping".to_owned()));
            };
            for (key, value) in members {
                count += 1;
                if self.merged + count > 2 * YAML_NODES {
                    return Err(self.exceeded(line, "a document", YAML_NODES, "values"));
                }
                let Some(NodeKind::Scalar { text, .. }) = nodes.get(*key).map(|node| &node.kind) else {
                    continue;
                };
                // In YAML 1.1 readers the later member wins, in others the written one.
                if before_merge.contains(text.as_str()) {
                    let cause = format!(
                        "`<<` follows `{text}` and merges another `{text}`, which readers resolve differently; \
                         write `<<` first"
                    );
                    return Err(self.unreadable(line, cause));
                }
                if names.insert(text) {
                    own.push((*key, *value));
                }
            }
        }
        self.merged += count;
        Ok(own)
    }

    fn unreadable(&self, line: usize, cause: String) -> Error {
        Error::Unreadable { file: self.file.to_owned(), line, column: None, cause }
    }

    fn exceeded(&self, line: usize, what: &str, limit: usize, unit: &str) -> Error {
        Error::Exceeded { file: self.file.to_owned(), line, exceeded: Exceeded::new(what, limit, unit) }
    }
}

/// The tag of a node unless it is the default of its kind, and whether the default is written.
fn custom_tag(tag: Option<&Tag>, own: &str) -> (Option<String>, bool) {
    match tag {
        None => (None, false),
        Some(tag) if tag.core_suffix() == Some(own) => (None, true),
        Some(tag) => (Some(tag.original()), false),
    }
}
