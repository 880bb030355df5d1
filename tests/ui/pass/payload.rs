//! Variants that hold one value, whose fields lie flat beside the action.

use repod::Action;
use repod::serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
struct Chat {
    text: String,
    #[serde(flatten)]
    from: From,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
struct From {
    name: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
struct Nothing {}

#[derive(Action, Debug, PartialEq)]
enum ToServer {
    Chat(Chat),
    Boxed(Box<Chat>),
    Scores(BTreeMap<String, u8>),
    Nothing(Nothing),
    Parentheses(),
}

struct Handler;

impl ToServerHandler for Handler {
    async fn on_chat(&mut self, chat: Chat) -> repod::Result {
        println!("{}: {}", chat.from.name, chat.text);
        Ok(())
    }

    async fn on_boxed(&mut self, boxed: Box<Chat>) -> repod::Result {
        self.on_chat(*boxed).await
    }

    async fn on_scores(&mut self, _scores: BTreeMap<String, u8>) -> repod::Result {
        Ok(())
    }

    async fn on_nothing(&mut self, _nothing: Nothing) -> repod::Result {
        Ok(())
    }

    async fn on_parentheses(&mut self) -> repod::Result {
        Ok(())
    }
}

#[track_caller]
fn check(action: ToServer, frame: &[u8]) {
    assert_eq!(repod::encode(&action).as_deref().map(|frame| &frame[4..]), Ok(frame));
    assert_eq!(repod::decode(frame), Ok(action));
}

fn main() {
    let chat = || Chat { text: "hi".into(), from: From { name: "Ada".into() } };
    check(ToServer::Chat(chat()), b"\x83\xa6action\xa4chat\xa4text\xa2hi\xa4name\xa3Ada");
    check(ToServer::Boxed(chat().into()), b"\x83\xa6action\xa5boxed\xa4text\xa2hi\xa4name\xa3Ada");
    check(ToServer::Scores([("Ada".into(), 3)].into()), b"\x82\xa6action\xa6scores\xa3Ada\x03");
    check(ToServer::Nothing(Nothing {}), b"\x81\xa6action\xa7nothing");
    check(ToServer::Parentheses(), b"\x81\xa6action\xabparentheses");
    fn dispatched<H, A: repod::Dispatch<H>>(_: &H) {}
    dispatched::<_, ToServer>(&Handler);
}
