//! Loads everything that the options name, in an order that refuses wrong inputs before anything is requested.

use jiff::Timestamp;

use super::error::Error;
use super::loaded::Loaded;
use super::max_age::refuse_if_old;
use super::named_sources::{FoundBy, NamedSources};
use super::options::VexOptions;
use super::passed_over::PassedOver;
use super::problem::Problem;
use super::report_subject::ReportSubject;
use super::repository_files::RepositoryLookup;
use super::{file_sources, files, image_sources};
use crate::diagnostic::{Code, Diagnostic};
use crate::gate::Verifier;
use crate::registry::{Registry, with_byte_budget};
use crate::verify::Alias;
use crate::vex::RepositoryAlias;

impl Verifier {
    /// Loads the VEX that `options` names. `now` is the time of the run, `reports` are the reports that it will be
    /// applied to. What VEX repositories list is added by [`Verifier::add_vex_repositories`].
    ///
    /// 1. Files are read.
    /// 2. The image is resolved and compared with the reports.
    /// 3. Its VEX attestations and those of its proven base are verified.
    /// 4. Documents that are trusted by name, or too old, are marked.
    ///
    /// # Errors
    ///
    /// [`Error`] if an input cannot be read, a report is about another image, or an option names no source. Everything
    /// else is a [`Problem`].
    pub async fn load_vex(
        &self,
        registry: &dyn Registry,
        options: &VexOptions,
        reports: &[ReportSubject<'_>],
        now: Timestamp,
    ) -> Result<Loaded, Error> {
        let trust = self.trust_at(now);
        let limits = self.limits();
        let (files, unread) = files::read(&options.paths)?;
        let mut problems: Vec<Problem> = unread
            .into_iter()
            .map(|unread| Problem::not_used(Diagnostic::new(Code::VEX_DOCUMENT, unread.to_string())))
            .collect();
        let mut of_files = Vec::new();
        let mut passed_over = PassedOver::default();
        for file in &files {
            match file_sources::documents(file, &trust, limits, &mut problems) {
                Ok(documents) => {
                    let found = FoundBy::Path(file.given.clone());
                    let given = documents.into_iter().map(|document| (document, found.clone()));
                    of_files.extend(given);
                }
                Err(error) => passed_over.add(file, error)?,
            }
        }
        let passed_over = passed_over.messages().map(|what| Diagnostic::new(Code::VEX_DOCUMENT, what));
        problems.extend(passed_over.map(Problem::not_used));
        let mut image = match &options.image {
            // One budget of bytes covers the image and its bases.
            Some(image) => {
                let load = image_sources::load(self, registry, &trust, image, reports);
                Some(with_byte_budget(load).await?)
            }
            None => None,
        };
        let mut all = Vec::new();
        if let Some(image) = &mut image {
            problems.append(&mut image.problems);
            all.extend(
                std::mem::take(&mut image.documents).into_iter().map(|document| (document, FoundBy::Image)),
            );
        }
        all.extend(of_files);
        let names = options.repositories.as_ref().map(RepositoryLookup::names).unwrap_or_default();
        let mut named = NamedSources::new(all, &options.paths, &names);
        named.check(&options.trust_unsigned)?;
        named.check(&options.priority)?;
        named.trust(&options.trust_unsigned);
        named.order(&options.priority);
        let mut documents = named.into_documents();
        problems.extend(file_sources::unsigned(&files, &documents));
        if let Some(max_age) = options.max_age {
            for document in &mut documents {
                refuse_if_old(document, max_age, now);
            }
        }
        let aliases = self.base_options().aliases.iter().map(alias).collect();
        Ok(Loaded {
            documents,
            problems,
            image,
            recorded: Vec::new(),
            aliases,
            assume_hardened: options.assume_hardened,
        })
    }
}

fn alias(alias: &Alias) -> RepositoryAlias {
    RepositoryAlias { mirror: alias.copy.to_string(), original: alias.original.to_string() }
}
