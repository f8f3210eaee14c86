import { mount } from "svelte";
import "./shared/base.css";
import Viewer from "./views/Viewer.svelte";

mount(Viewer, { target: document.body });
