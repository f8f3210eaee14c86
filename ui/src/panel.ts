import { mount } from "svelte";
import "./shared/base.css";
import Panel from "./views/Panel.svelte";

mount(Panel, { target: document.body });
