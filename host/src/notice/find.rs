//! One look at a source: its list if that changed, every new announcement's page, and a few known
//! ones again to see whether they were edited.

use std::collections::BTreeSet;

use reqwest::Url;

use super::address::Addresses;
use super::told::Told;
use super::{Source, rules, text};
use crate::app::House;
use crate::fault::{Fault, Instant, Kind};
use crate::fetch::{Answer, Got, Rendered, Validators};
use crate::sandbox::notices::{Listed, Page};
use crate::store::{KnownNotice, NewNotice, NewVersion, NoticeChange};

/// Announcements in one list at most.
const MOST: usize = 500;
/// Characters that are kept.
const LONGEST_ID: usize = 200;
const LONGEST_TITLE: usize = 500;
const LONGEST_TEXT: usize = 100_000;
/// Nobody edits an older one.
const SETTLED: Instant = 180 * 86_400_000;

/// What is looked for, and what was found up to now.
pub struct Finding<'a> {
    house: &'a House,
    source: &'a Source,
    known: &'a [KnownNotice],
    /// The last whole look before this one.
    unseen_until: Option<Instant>,
    now: Instant,
    addresses: Addresses<'a>,
    /// Pages that may still be fetched.
    left: usize,
    fetched: BTreeSet<i64>,
    pub changes: Vec<NoticeChange>,
    /// Of the list, if it was read.
    pub validators: Option<Validators>,
    /// New ones wait for the next look: there were more than one look fetches.
    pub partial: bool,
    /// What went wrong with one announcement, and kept no other from being read.
    pub trouble: Option<Fault>,
}

impl<'a> Finding<'a> {
    pub fn new(house: &'a House, source: &'a Source, known: &'a [KnownNotice], unseen_until: Option<Instant>, now: Instant) -> Self {
        let manifest = &*source.reader.manifest;
        let overrides = house.config.carriers.get(&manifest.id).map(|row| &row.endpoints);
        Self {
            house,
            source,
            known,
            unseen_until,
            now,
            addresses: Addresses { manifest, overrides },
            left: house.config.notices.pages,
            fetched: BTreeSet::new(),
            changes: vec![],
            validators: None,
            partial: false,
            trouble: None,
        }
    }

    /// What was found stays in `changes` whatever comes of it.
    pub async fn seek(&mut self, validators: &Validators) -> Result<(), Fault> {
        let at = self.addresses.of(&self.source.says().url)?;
        if let Answer::Page(got) = self.fetch(&at, validators).await? {
            let page = self.page(&at, &got);
            let listed = bounded(self.source.reader.list(&self.source.says().name, &page)?)?;
            for item in &listed {
                let weighed = self.weigh(&at, item).await;
                self.but_refusals(weighed)?;
            }
            self.miss(&listed);
            // A list that was not read to its end is read again, changed or not.
            let whole = !self.partial && self.trouble.is_none();
            self.validators = Some(if whole { got.validators } else { Validators::default() });
        }
        self.again(&at).await
    }

    /// A page that cannot be read keeps no other from being read; a site that refuses is left alone.
    fn but_refusals(&mut self, weighed: Result<(), Fault>) -> Result<(), Fault> {
        match weighed {
            Err(fault) if matches!(fault.kind, Kind::TurnedAway | Kind::Challenge | Kind::Throttled) => Err(fault),
            Err(fault) => {
                self.trouble.get_or_insert(fault);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn weigh(&mut self, at: &Url, item: &Listed) -> Result<(), Fault> {
        let Some(known) = self.known.iter().find(|known| known.item == item.id) else { return self.new_one(at, item).await };
        if known.gone {
            self.changes.push(NoticeChange::Back(known.key));
        }
        let renamed = known.listed != item.title;
        if renamed {
            self.changes.push(NoticeChange::Listed(known.key, item.title.clone()));
        }
        match (&item.text, &known.url) {
            (Some(text), _) => self.compare(known, &item.title, text, item.published),
            (None, Some(url)) if renamed && known.own_page => self.look_at(at, known, url, &Validators::default()).await?,
            _ => {}
        }
        Ok(())
    }

    async fn new_one(&mut self, at: &Url, item: &Listed) -> Result<(), Fault> {
        let given = item.url.as_deref().ok_or_else(|| Fault::contract(format!("`{}` has neither a text nor a page", item.id)));
        let url = given.clone().and_then(|url| self.addresses.within(at, url));
        let (whole, validators) = match (&item.text, &url) {
            (Some(_), _) => (item.clone(), Validators::default()),
            // On another site, which nobody has signed for: its title is all there is.
            (None, Err(_)) if given.is_ok() => (Listed { text: Some(item.title.clone()), ..item.clone() }, Validators::default()),
            (None, Err(why)) => return Err(why.clone()),
            (None, Ok(_)) if self.left == 0 => {
                self.partial = true;
                return Ok(());
            }
            (None, Ok(url)) => match self.fetch(url, &Validators::default()).await? {
                Answer::Page(got) => (self.read(url, &got)?, got.validators),
                Answer::NotModified => return Err(Fault::new(Kind::CarrierError, "not modified, and never asked for before")),
            },
        };
        let published_at = whole.published.or(item.published);
        let version = self.version(&whole.title, whole.text.as_deref().unwrap_or_default(), published_at);
        self.changes.push(NoticeChange::New(Box::new(NewNotice {
            item: item.id.clone(),
            carriers: self.source.says().about.0.clone(),
            own_page: item.text.is_none() && url.is_ok(),
            url: url.and_then(|url| self.addresses.public(&url)).ok().or_else(|| at.join(item.url.as_deref()?).ok().map(String::from)),
            validators,
            listed: item.title.clone(),
            published_at,
            unseen_until: self.unseen_until,
            seen_at: self.now,
            read_at: self.house.now(),
            version,
        })));
        Ok(())
    }

    /// A few known ones, those first whose page was not seen for longest.
    async fn again(&mut self, at: &Url) -> Result<(), Fault> {
        let known = self.known;
        let recent = |one: &&KnownNotice| !one.gone && self.now - one.published_at.unwrap_or(one.seen_at) < SETTLED;
        let mut some: Vec<&KnownNotice> = known.iter().filter(recent).filter(|one| !self.fetched.contains(&one.key)).collect();
        some.sort_by_key(|one| one.fetched_at);
        for one in some.into_iter().filter(|one| one.own_page).take(self.house.config.notices.again) {
            let url = one.url.as_deref().unwrap_or_default();
            let looked = self.look_at(at, one, url, &one.validators).await;
            self.but_refusals(looked)?;
        }
        Ok(())
    }

    /// At the page of a known one.
    async fn look_at(&mut self, at: &Url, known: &KnownNotice, url: &str, validators: &Validators) -> Result<(), Fault> {
        if self.left == 0 {
            return Ok(());
        }
        let url = self.addresses.within(at, url)?;
        self.fetched.insert(known.key);
        match self.fetch(&url, validators).await {
            Ok(Answer::NotModified) => self.changes.push(NoticeChange::Fetched(known.key, validators.clone())),
            Ok(Answer::Page(got)) => {
                let whole = self.read(&url, &got)?;
                self.compare(known, &whole.title, whole.text.as_deref().unwrap_or_default(), whole.published);
                self.changes.push(NoticeChange::Fetched(known.key, got.validators));
            }
            Err(fault) if fault.kind == Kind::NotFound => self.changes.push(NoticeChange::Gone(known.key)),
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    /// The same words, words it had before, or new ones.
    fn compare(&mut self, known: &KnownNotice, title: &str, words: &str, published: Option<Instant>) {
        let digest = text::digest(title, words);
        match known.digests.iter().find(|(_, had)| **had == digest) {
            Some((n, _)) if *n == known.current => {}
            Some((n, _)) => self.changes.push(NoticeChange::Flipped(known.key, *n)),
            None => {
                let version = self.version(title, words, published.or(known.published_at));
                self.changes.push(NoticeChange::Edited(known.key, Box::new(version)));
            }
        }
    }

    /// The only place where a text is read by the rules.
    fn version(&self, title: &str, words: &str, published: Option<Instant>) -> NewVersion {
        let plain = text::plain(words);
        let told = Told { carrier: self.source.carrier(), published, seen: self.now, title, text: &plain };
        NewVersion {
            title: title.to_owned(),
            digest: text::digest(title, words),
            body: text::body(words),
            release: self.source.release(),
            readings: rules::read(&told),
            text: words.to_owned(),
        }
    }

    /// Those that the list has no more. The oldest fall off its end, which says nothing.
    fn miss(&mut self, listed: &[Listed]) {
        let is_listed = |known: &&KnownNotice| listed.iter().any(|item| item.id == known.item);
        let order = |known: &KnownNotice| (known.published_at.unwrap_or(known.seen_at), known.key);
        let Some(oldest) = self.known.iter().filter(is_listed).map(order).min() else { return };
        let missed = self.known.iter().filter(|known| !known.gone && !is_listed(known) && order(known) > oldest);
        let gone: Vec<_> = missed.map(|known| NoticeChange::Gone(known.key)).collect();
        self.changes.extend(gone);
    }

    async fn fetch(&mut self, url: &Url, known: &Validators) -> Result<Answer, Fault> {
        let (manifest, none) = (self.addresses.manifest, Default::default());
        let overrides = self.addresses.overrides.unwrap_or(&none);
        self.left = self.left.saturating_sub(1);
        let says = self.source.says();
        if says.headless {
            let (endpoint, path) = self.addresses.below(url)?;
            let wait_for = says.wait_for.as_deref().unwrap_or("body");
            let at = Rendered { url, endpoint: &endpoint, path: &path, wait_for };
            return self.house.pages.rendered(&at, manifest, overrides).await;
        }
        self.house.pages.allowed(url, manifest, overrides).await?;
        self.house.http.if_changed(url, known, manifest.limits.body, self.now).await
    }

    fn read(&self, url: &Url, got: &Got) -> Result<Listed, Fault> {
        let notice = self.source.reader.notice(&self.source.says().name, &self.page(url, got))?;
        if notice.text.as_ref().is_none_or(|text| text::plain(text).is_empty()) {
            return Err(Fault::new(Kind::LayoutChanged, format!("{}: an announcement without a text", url.path())));
        }
        Ok(cut(notice))
    }

    fn page(&self, url: &Url, got: &Got) -> Page {
        Page { url: url.to_string(), content_type: got.content_type.clone(), body: got.body.clone(), now: self.now }
    }
}

/// What a list may say: so many, each with a name of its own.
fn bounded(listed: Vec<Listed>) -> Result<Vec<Listed>, Fault> {
    if listed.len() > MOST {
        return Err(Fault::new(Kind::Limit, format!("more than {MOST} announcements in one list")));
    }
    let mut ids = BTreeSet::new();
    for item in &listed {
        if item.id.trim().is_empty() || item.id.chars().count() > LONGEST_ID || !ids.insert(&item.id) {
            return Err(Fault::contract("an announcement's id is not blank, not long, and its own"));
        }
    }
    Ok(listed.into_iter().map(cut).collect())
}

fn cut(mut item: Listed) -> Listed {
    let shorten = |text: &mut String, most: usize| {
        if let Some((end, _)) = text.char_indices().nth(most) {
            text.truncate(end);
        }
    };
    item.title = item.title.split_whitespace().collect::<Vec<_>>().join(" ");
    shorten(&mut item.title, LONGEST_TITLE);
    item.text.iter_mut().for_each(|text| shorten(text, LONGEST_TEXT));
    item
}
