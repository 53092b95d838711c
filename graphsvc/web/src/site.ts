import "./tokens.css";
import { wireSwitch } from "./theme";

wireSwitch();
