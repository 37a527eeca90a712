//! `--assume`: what is known of images, and whether it made a difference.

use std::collections::BTreeMap;

use anyhow::bail;

use crate::pod::PodView;
use crate::reach::{ImageUser, ImageUserEffect, Model};
use crate::text::did_you_mean;

/// The keys there are.
const KEYS: [&str; 1] = ["image-user"];

/// The greatest id that the API server takes.
const GREATEST: i64 = 2_147_483_647;

/// Instead of the name of a container, which it cannot be: every one of which nothing else is known.
pub(super) const EVERY: &str = "*";

/// `image-user=CONTAINER:UID[:GID]`.
#[derive(Clone, Debug)]
pub(super) struct Assumption {
    /// A name, or [`EVERY`].
    pub(super) container: String,
    pub(super) user: ImageUser,
}

impl Assumption {
    /// Reads it, or says what is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let form =
            "an assumption is written image-user=CONTAINER:UID[:GID], with * for every container";
        let (key, value) = text.split_once('=').ok_or(form)?;
        if !KEYS.contains(&key) {
            let hint = did_you_mean(key, &KEYS);
            return Err(format!("there is no key {key}{hint}; known: {}", KEYS.join(", ")));
        }
        let mut parts = value.split(':');
        let (container, uid) = parts.next().zip(parts.next()).ok_or(form)?;
        let (gid, rest) = (parts.next(), parts.next());
        if container.is_empty() || rest.is_some() {
            return Err(form.to_owned());
        }
        let user =
            ImageUser { uid: id("UID", uid)?, gid: gid.map(|gid| id("GID", gid)).transpose()? };
        Ok(Self { container: container.to_owned(), user })
    }

    /// What a model knows by it.
    pub(super) fn add_to(&self, model: Model) -> Model {
        if self.container == EVERY {
            model.with_user_of_other_images(self.user)
        } else {
            model.with_image_user(&self.container, self.user)
        }
    }

    /// As it is given: `CONTAINER:UID[:GID]`.
    pub(super) fn value(&self) -> String {
        let gid = self.user.gid.map(|gid| format!(":{gid}")).unwrap_or_default();
        format!("{}:{}{gid}", self.container, self.user.uid)
    }

    /// What comes of it in a pod; nothing where there is no container of its name.
    fn effect(&self, pod: &PodView<'_>) -> Option<ImageUserEffect> {
        let is_meant = |name: &str| self.container == EVERY || self.container == name;
        let named = pod.containers.iter().filter(|it| is_meant(&it.name));
        named.map(|container| self.user.effect(pod.identity(container))).max()
    }
}

fn id(what: &str, text: &str) -> Result<i64, String> {
    let plain = !text.is_empty() && text.chars().all(|digit| digit.is_ascii_digit());
    let id = text.parse().ok().filter(|id| plain && (0..=GREATEST).contains(id));
    id.ok_or_else(|| format!("{what} must be a number from 0 to {GREATEST}, not {text:?}"))
}

/// All of them, with the most that came of each so far.
#[derive(Default)]
pub(super) struct Assumptions(Vec<(Assumption, Option<ImageUserEffect>)>);

impl Assumptions {
    /// Of one container only one user can be known.
    pub(super) fn new(all: &[Assumption]) -> anyhow::Result<Self> {
        let mut users = BTreeMap::new();
        for one in all {
            if users.insert(&one.container, one.user).is_some() {
                bail!("--assume image-user={}: given twice", one.container);
            }
        }
        Ok(Self(all.iter().map(|one| (one.clone(), None)).collect()))
    }

    /// Notes what they mean for a pod.
    pub(super) fn apply(&mut self, pod: &PodView<'_>) {
        for (assumption, effect) in &mut self.0 {
            *effect = assumption.effect(pod).max(*effect);
        }
    }

    /// Those that made no difference, and why.
    pub(super) fn idle(self) -> impl Iterator<Item = String> {
        self.0.into_iter().filter_map(|(assumption, effect)| {
            let why = match effect {
                None => "there is no container of this name",
                Some(ImageUserEffect::SpecDecides) => "runAsUser decides",
                Some(ImageUserEffect::RootRefused) => "runAsNonRoot refuses an image's root",
                Some(ImageUserEffect::Counts) => return None,
            };
            Some(format!("--assume image-user={} has no effect: {why}", assumption.value()))
        })
    }
}
