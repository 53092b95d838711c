import "./tokens.css";
import "./site.css";
import "./marks.css";
import "./home.css";
import { wireTables } from "./tables";
import { wireSwitch } from "./theme";

wireSwitch();
wireTables();
