//! An enum, its types and its handler within a function.

fn main() {
    use repod::Action;
    use repod::serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(crate = "repod::serde")]
    struct Point {
        x: f64,
        y: f64,
    }

    #[derive(Action, Debug, PartialEq)]
    enum ToServer {
        Move(Point),
        Path { points: Vec<Point> },
    }

    struct Handler;

    impl ToServerHandler for Handler {
        async fn on_move(&mut self, _point: Point) -> repod::Result {
            Ok(())
        }

        async fn on_path(&mut self, _points: Vec<Point>) -> repod::Result {
            Ok(())
        }
    }

    let path = ToServer::Path { points: vec![Point { x: 1.0, y: 2.0 }] };
    let frame = repod::encode(&path).expect("points can be written");
    assert_eq!(repod::decode(&frame[4..]), Ok(path));
    fn dispatched<H, A: repod::Dispatch<H>>(_: &H) {}
    dispatched::<_, ToServer>(&Handler);
}
