//! What a body can be made of: choices by name, so that a body is a line of text that can be kept.

use std::fmt;

use crate::tier::random::Random;

/// A choice; the first option is what a body has that does not mention it.
struct Gene {
    name: &'static str,
    options: &'static [&'static str],
}

const fn gene(name: &'static str, options: &'static [&'static str]) -> Gene {
    Gene { name, options }
}

/// How many of something; the last one is as many as there is room for.
const FEW: &[&str] = &["0", "1", "100", "10000", "fill"];
const CONTAINERS: &[&str] = &["0", "1", "2", "16", "64", "128", "256", "257", "1000", "fill"];

const GENES: &[Gene] = &[
    gene("path", &["validate", "mutate", "advise"]),
    gene("kind", &KINDS),
    gene("policy", &["default", "observe", "guardrail", "lockdown", "transitive", "exceptions"]),
    // Bytes of the review.
    gene("size", &["3145728", "1000000", "256000", "24000", "3000"]),
    // The stored object: the same, none, without ephemeral containers, half of the containers,
    // others, the same with other images.
    gene("old", &["same", "none", "bare", "half", "others", "images"]),
    gene("init", CONTAINERS),
    gene("sidecars", CONTAINERS),
    gene("containers", &["1", "0", "2", "16", "17", "100", "128", "180", "256", "257", "fill"]),
    gene("ephemeral", CONTAINERS),
    // What a container has: all that the genes say, a name, nothing.
    gene("form", &["full", "named", "empty"]),
    gene("names", &["numbered", "prefixed", "same", "unicode", "escaped", "debugger", "control"]),
    gene("length", &["1", "63", "253", "1000", "10000", "100000"]),
    gene("image", &["plain", "none", "long", "own", "escaped"]),
    gene("share", &["unset", "true", "false"]),
    gene("hostPID", &["unset", "true"]),
    gene("hostUsers", &["unset", "false"]),
    gene("os", &["unset", "linux", "windows", "selector"]),
    // Terms of the required node affinity, and what each of them requires.
    gene("terms", FEW),
    gene("requirements", FEW),
    gene("privileged", &["unset", "true", "half"]),
    gene("user", &["unset", "root", "one", "own", "half"]),
    gene("group", &["unset", "root", "one", "own", "half"]),
    gene("nonRoot", &["unset", "true", "half"]),
    gene("escalation", &["unset", "false", "true", "half"]),
    gene("add", &["none", "ptrace", "all", "mixed", "subset", "unknown", "long"]),
    gene("adds", &["1", "2", "17", "40", "1000", "10000", "fill"]),
    gene("drop", &["none", "ptrace", "all", "mixed", "subset", "unknown"]),
    gene("drops", &["1", "17", "1000", "10000"]),
    gene("target", &["none", "first", "own", "chain", "missing", "all"]),
    gene("env", &["none", "value", "secret", "from", "escaped"]),
    gene("envs", &["1", "20", "1000", "fill"]),
    gene("labels", FEW),
    gene("volumes", FEW),
    gene("groups", FEW),
    gene("userGroups", FEW),
    gene("owners", FEW),
    gene("selector", FEW),
    gene("requester", &["user", "node"]),
    // Whether something at the end of the objects cannot be read.
    gene("broken", &["no", "end"]),
    // What is not judged but has to be read; it takes the room that is left.
    gene("filler", &["none", "text", "escaped", "lists", "objects", "numbers", "keys", "deep"]),
];

pub(crate) const KINDS: [&str; 8] =
    ["create", "update", "debug", "resize", "deployment", "rollout", "cronjob", "podtemplate"];

/// One of the bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Genome(Vec<usize>);

impl Genome {
    pub(crate) fn random(random: &mut Random) -> Self {
        Self(GENES.iter().map(|gene| random.below(gene.options.len())).collect())
    }

    /// By the choices that are not the first ones, as it is shown.
    pub(crate) fn read(line: &str) -> Self {
        let mut genome = Self(vec![0; GENES.len()]);
        for word in line.split_whitespace() {
            let (name, option) = word.split_once('=').unwrap_or_else(|| panic!("{word}"));
            genome = genome.with(name, option);
        }
        genome
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, option: &str) -> Self {
        let place = place(name);
        let found = GENES[place].options.iter().position(|it| *it == option);
        self.0[place] = found.unwrap_or_else(|| panic!("no {name}={option}"));
        self
    }

    /// Some choices made again, or as another one has them.
    #[must_use]
    pub(crate) fn changed(&self, other: &Self, random: &mut Random) -> Self {
        let mut child = self.clone();
        if random.chance(25) {
            for (own, foreign) in child.0.iter_mut().zip(&other.0) {
                if random.chance(40) {
                    *own = *foreign;
                }
            }
        }
        for _ in 0..=random.below(4) {
            let place = random.below(GENES.len());
            child.0[place] = random.below(GENES[place].options.len());
        }
        child
    }

    /// Ways to make it simpler: each takes back one choice.
    pub(crate) fn simpler(&self) -> impl Iterator<Item = impl Fn(&Self) -> Self> {
        let made = (0..GENES.len()).filter(|place| self.0[*place] > 0);
        made.map(|place| {
            move |genome: &Self| {
                let mut simpler = genome.clone();
                simpler.0[place] = 0;
                simpler
            }
        })
    }

    pub(crate) fn get(&self, name: &str) -> &'static str {
        let place = place(name);
        GENES[place].options[self.0[place]]
    }

    /// A choice that counts something.
    pub(crate) fn number(&self, name: &str) -> usize {
        match self.get(name) {
            "fill" => usize::MAX,
            number => number.parse().unwrap(),
        }
    }
}

fn place(name: &str) -> usize {
    GENES.iter().position(|gene| gene.name == name).unwrap_or_else(|| panic!("no gene {name}"))
}

impl fmt::Display for Genome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.0.iter().zip(GENES).filter(|(option, _)| **option > 0);
        let words = made.map(|(option, gene)| format!("{}={}", gene.name, gene.options[*option]));
        f.write_str(&words.collect::<Vec<_>>().join(" "))
    }
}
