//! [`Vault`]: which token opens which session. What a session holds is its connection's business; here are only hashes, and the way to the
//! connection's task.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::mpsc::{self, error::TrySendError};

use super::Sessions;
use super::admission::network;
use crate::driver::{Keeper, Summons};
use crate::proto::Meter;

/// The sessions of a server, by the hashes of their tokens. Who reads its memory learns no token.
pub(super) struct Vault<T> {
    pub(super) settings: Sessions,
    state: Mutex<State<T>>,
}

struct State<T> {
    next: u64,
    sessions: HashMap<u64, Entry<T>>,
    /// The session of each token that is valid.
    tokens: HashMap<Hash, u64>,
    /// Those that are waited for, the longest first.
    suspended: VecDeque<u64>,
    /// Who has shown wrong tokens.
    tries: HashMap<IpAddr, Meter>,
}

struct Entry<T> {
    summons: mpsc::Sender<Summons<T>>,
    current: Hash,
    /// The token that was shown last. It stays valid until the client has shown that it knows the one that it was given for it: the answer
    /// may have been lost.
    previous: Option<Hash>,
}

/// What a token turned out to be.
pub(super) enum Shown<T> {
    /// It opens this session, whose next token this is.
    Known(mpsc::OwnedPermit<Summons<T>>, Vec<u8>),
    Unknown,
    /// This address has shown too many that are not known, or several streams wait for this session already.
    TooMany,
}

/// A session that was just opened.
pub(super) struct Lease<T> {
    /// Its first token.
    pub(super) token: Vec<u8>,
    pub(super) summons: mpsc::Receiver<Summons<T>>,
    pub(super) tenancy: Tenancy<T>,
}

/// The keeper of one session; dropping it ends the session.
pub(super) struct Tenancy<T> {
    vault: Arc<Vault<T>>,
    id: u64,
    /// The token that the client was given last.
    given: Hash,
}

type Hash = [u8; 32];

impl<T> Vault<T> {
    pub(super) fn new(settings: Sessions) -> Self {
        let state = State {
            next: 0,
            sessions: HashMap::new(),
            tokens: HashMap::new(),
            suspended: VecDeque::new(),
            tries: HashMap::new(),
        };
        Self { settings, state: Mutex::new(state) }
    }

    /// Opens a session. `None` if the system gives no random bytes.
    pub(super) fn open(self: &Arc<Self>) -> Option<Lease<T>> {
        let token = random()?;
        let (summons, receiver) = mpsc::channel(SUMMONS);
        let mut state = self.lock();
        let id = state.next;
        state.next += 1;
        let current = hash(&token);
        state.tokens.insert(current, id);
        state.sessions.insert(id, Entry { summons, current, previous: None });
        drop(state);
        let tenancy = Tenancy { vault: self.clone(), id, given: current };
        Some(Lease { token: token.to_vec(), summons: receiver, tenancy })
    }

    /// Looks for the session of a token, and gives that another one. Every token that is not known, whatever it is, takes the same way.
    pub(super) fn show(&self, token: &[u8], from: IpAddr, now: Instant) -> Shown<T> {
        let Some(fresh) = random() else { return Shown::Unknown };
        let (shown, next) = (hash(token), hash(&fresh));
        let mut state = self.lock();
        let state = &mut *state;
        let per_second = self.settings.tries_per_second;
        // The last try of a second is made on credit, and the next one waits for it to be paid back.
        let meter = || Meter::per(per_second, Duration::from_secs(1), per_second.saturating_sub(1));
        let address = network(from);
        if address.and_then(|address| state.tries.get_mut(&address)).is_some_and(|tries| tries.free_at(now).is_some()) {
            return Shown::TooMany;
        }
        let id = state.tokens.get(&shown).copied();
        let entry = id.and_then(|id| state.sessions.get_mut(&id).map(|entry| (id, entry)));
        let entry = entry.filter(|(_, entry)| {
            let is_current = entry.current.ct_eq(&shown);
            let is_previous = entry.previous.unwrap_or_default().ct_eq(&shown);
            (is_current | is_previous).into()
        });
        let Some((id, entry)) = entry else {
            if let Some(address) = address {
                if state.tries.len() >= MANY && state.tries.len() == state.tries.capacity() {
                    state.tries.retain(|_, tries| !tries.is_full(now));
                }
                state.tries.entry(address).or_insert_with(meter).charge(1, now);
            }
            return Shown::Unknown;
        };
        // The token is used up only if its stream can be taken.
        let summons = match entry.summons.clone().try_reserve_owned() {
            Ok(summons) => summons,
            Err(TrySendError::Full(_)) => return Shown::TooMany,
            Err(TrySendError::Closed(_)) => return Shown::Unknown,
        };
        // The other one of the two, if there are two: whoever shows the older has never had the newer, or had no older any more.
        for other in [Some(entry.current), entry.previous].into_iter().flatten().filter(|other| *other != shown) {
            state.tokens.remove(&other);
        }
        (entry.previous, entry.current) = (Some(shown), next);
        state.tokens.insert(next, id);
        Shown::Known(summons, fresh.to_vec())
    }

    /// No code of the user's runs under this lock, so a poisoned one holds nothing half-done.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send> Keeper for Tenancy<T> {
    fn confirmed(&mut self) {
        let mut state = self.vault.lock();
        // If it has shown a token meanwhile, on another stream, it does not have the answer to that yet.
        let entry = state.sessions.get_mut(&self.id).filter(|entry| entry.current == self.given);
        let previous = entry.and_then(|entry| entry.previous.take());
        if let Some(previous) = previous {
            state.tokens.remove(&previous);
        }
    }

    fn suspended(&mut self) {
        let mut state = self.vault.lock();
        state.suspended.push_back(self.id);
        if state.suspended.len() > self.vault.settings.suspended {
            let longest = state.suspended.pop_front().and_then(|id| state.sessions.get(&id));
            if let Some(entry) = longest {
                // One whose summons are full is about to come back.
                let _ = entry.summons.try_send(Summons::End);
            }
        }
    }

    fn accepts(&mut self, token: Option<&[u8]>) -> bool {
        self.given = hash(token.unwrap_or_default());
        let state = self.vault.lock();
        state.sessions.get(&self.id).is_some_and(|entry| entry.current == self.given)
    }

    fn resumed(&mut self) {
        self.vault.lock().suspended.retain(|id| *id != self.id);
    }
}

impl<T> Drop for Tenancy<T> {
    fn drop(&mut self) {
        let mut state = self.vault.lock();
        state.suspended.retain(|id| *id != self.id);
        if let Some(entry) = state.sessions.remove(&self.id) {
            state.tokens.remove(&entry.current);
            if let Some(previous) = entry.previous {
                state.tokens.remove(&previous);
            }
        }
    }
}

/// The hash of a token. One of another length is none, and costs the same.
fn hash(token: &[u8]) -> Hash {
    let token: [u8; TOKEN] = token.try_into().unwrap_or_default();
    Sha256::digest(token).into()
}

fn random() -> Option<[u8; TOKEN]> {
    let mut token = [0; TOKEN];
    match getrandom::fill(&mut token) {
        Ok(()) => Some(token),
        Err(error) => {
            tracing::error!(%error, "no_random_bytes");
            None
        }
    }
}

/// The bytes of a token.
const TOKEN: usize = 32;

/// How many streams may wait to take a session over.
const SUMMONS: usize = 4;

/// From so many addresses on it is worth while to forget some.
const MANY: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    type Permit = mpsc::OwnedPermit<Summons<()>>;

    fn vault() -> Arc<Vault<()>> {
        Arc::new(Vault::new(Sessions::default()))
    }

    fn known(vault: &Vault<()>, token: &[u8]) -> Option<(Permit, Vec<u8>)> {
        match vault.show(token, "127.0.0.1".parse().unwrap(), Instant::now()) {
            Shown::Known(summons, next) => Some((summons, next)),
            Shown::Unknown => None,
            Shown::TooMany => panic!("this machine is not counted"),
        }
    }

    #[test]
    fn a_token_opens_its_session_until_the_next_one_is_confirmed() {
        let vault = vault();
        let Lease { token: first, summons: _summons, mut tenancy } = vault.open().unwrap();
        tenancy.confirmed();
        let (_, second) = known(&vault, &first).unwrap();
        // The answer was lost: the client shows the old one again.
        let (_, lost) = known(&vault, &first).unwrap();
        assert!(known(&vault, &second).is_none(), "nobody has got this one");
        tenancy.confirmed();
        // It is the older stream that was confirmed: the answer is still on its way, and may be lost as well.
        let (_, third) = known(&vault, &first).unwrap();
        assert!(!tenancy.accepts(Some(&lost)) && tenancy.accepts(Some(&third)));
        tenancy.confirmed();
        assert!(known(&vault, &first).is_none(), "used and confirmed");
        let (_, fourth) = known(&vault, &third).unwrap();
        // The answer has come, and what came behind it was lost.
        let (_, fifth) = known(&vault, &fourth).unwrap();
        assert!(known(&vault, &third).is_none());
        drop(tenancy);
        for token in [&first, &second, &lost, &third, &fourth, &fifth] {
            assert!(known(&vault, token).is_none());
        }
        assert!(vault.lock().tokens.is_empty() && vault.lock().sessions.is_empty());
    }

    #[test]
    fn a_token_for_which_there_is_no_room_stays_valid() {
        let vault = vault();
        let Lease { token, summons, tenancy: _tenancy } = vault.open().unwrap();
        let mut waiting: Vec<_> = (0..SUMMONS).map(|_| known(&vault, &token).unwrap()).collect();
        let newest = waiting.last().unwrap().1.clone();
        assert!(matches!(vault.show(&newest, "127.0.0.1".parse().unwrap(), Instant::now()), Shown::TooMany));
        waiting.clear();
        assert!(known(&vault, &newest).is_some());
        drop(summons);
        assert!(known(&vault, &newest).is_none(), "the session has ended");
    }

    #[test]
    fn what_is_no_token_opens_nothing() {
        let vault = vault();
        let Lease { token, summons: _summons, tenancy: _tenancy } = vault.open().unwrap();
        let other = vault.open().unwrap().token;
        let near = [&token[..31], &[token[31] ^ 1]].concat();
        for wrong in [&[][..], &[0; 32], &[0; 31], &near, &token[..31], &vec![0; 60_000], &other] {
            assert!(known(&vault, wrong).is_none());
        }
        assert!(known(&vault, &token).is_some());
    }

    #[test]
    fn an_address_that_tries_too_often_waits() {
        let vault = vault();
        let Lease { token, summons: _summons, tenancy: _tenancy } = vault.open().unwrap();
        let now = Instant::now();
        let show = |token: &[u8], from: &str, now| vault.show(token, from.parse().unwrap(), now);
        for _ in 0..5 {
            assert!(matches!(show(&[1; 32], "1.2.3.4", now), Shown::Unknown));
        }
        // Also with the right one: whoever guesses learns nothing.
        assert!(matches!(show(&[1; 32], "1.2.3.4", now), Shown::TooMany));
        assert!(matches!(show(&token, "1.2.3.4", now), Shown::TooMany));
        assert!(matches!(show(&[1; 32], "1.2.3.5", now), Shown::Unknown));
        assert!(matches!(show(&token, "1.2.3.4", now + Duration::from_secs(1)), Shown::Known(..)));
    }

    #[test]
    fn who_is_waited_for_longest_is_given_up_when_there_are_too_many() {
        let vault = Arc::new(Vault::<()>::new(Sessions::default().suspended(2)));
        let mut sessions: Vec<_> = (0..3).map(|_| vault.open().unwrap()).collect();
        for session in &mut sessions {
            session.tenancy.confirmed();
            session.tenancy.suspended();
        }
        assert!(matches!(sessions[0].summons.try_recv(), Ok(Summons::End)));
        assert!(sessions[1].summons.try_recv().is_err() && sessions[2].summons.try_recv().is_err());
    }
}
